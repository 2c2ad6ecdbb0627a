/// A kubeconfig as it is written, as far as it is used here.
struct KubeconfigFile: Decodable, Sendable {
  struct NamedCluster: Decodable, Sendable {
    var name: String
    var cluster: Cluster?
  }

  struct Cluster: Decodable, Sendable {
    var server: String?
    var serverName: String?
    var isInsecure: Bool?
    var authorityFile: String?
    var authorityData: String?
    var proxy: String?
    var extensions: [NamedExtension]?

    private enum CodingKeys: String, CodingKey {
      case server
      case serverName = "tls-server-name"
      case isInsecure = "insecure-skip-tls-verify"
      case authorityFile = "certificate-authority"
      case authorityData = "certificate-authority-data"
      case proxy = "proxy-url"
      case extensions
    }
  }

  struct NamedExtension: Decodable, Sendable {
    var name: String
    var `extension`: JSONValue?
  }

  struct NamedUser: Decodable, Sendable {
    var name: String
    var user: User?
  }

  struct User: Decodable, Sendable {
    var certificateFile: String?
    var certificateData: String?
    var keyFile: String?
    var keyData: String?
    var token: String?
    var tokenFile: String?
    var username: String?
    var password: String?
    var exec: Exec?
    var authProvider: Provider?
    var impersonated: String?
    var impersonatedUID: String?
    var impersonatedGroups: [String]?

    private enum CodingKeys: String, CodingKey {
      case certificateFile = "client-certificate"
      case certificateData = "client-certificate-data"
      case keyFile = "client-key"
      case keyData = "client-key-data"
      case token
      case tokenFile
      case username
      case password
      case exec
      case authProvider = "auth-provider"
      case impersonated = "as"
      case impersonatedUID = "as-uid"
      case impersonatedGroups = "as-groups"
    }
  }

  struct Provider: Decodable, Sendable {
    var name: String?
  }

  struct Exec: Decodable, Sendable {
    struct Variable: Decodable, Sendable {
      var name: String
      var value: String?
    }

    var apiVersion: String?
    var command: String?
    var args: [String]?
    var env: [Variable]?
    var installHint: String?
    var provideClusterInfo: Bool?
    var interactiveMode: String?
  }

  struct NamedContext: Decodable, Sendable {
    var name: String
    var context: Context?
  }

  struct Context: Decodable, Sendable {
    var cluster: String?
    var user: String?
    var namespace: String?
  }

  var clusters: [NamedCluster]?
  var users: [NamedUser]?
  var contexts: [NamedContext]?
  var currentContext: String?

  private enum CodingKeys: String, CodingKey {
    case clusters
    case users
    case contexts
    case currentContext = "current-context"
  }
}
