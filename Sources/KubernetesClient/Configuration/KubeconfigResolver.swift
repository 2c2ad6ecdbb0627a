#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Turns one context's cluster and user into a configuration.
struct KubeconfigResolver {
  var context: String
  var clusterName: String
  var cluster: Kubeconfig.Located<KubeconfigFile.Cluster>
  var userName: String
  var user: Kubeconfig.Located<KubeconfigFile.User>

  /// - Throws: `ConfigurationError`.
  func configuration(namespace: String?) throws -> ClientConfiguration {
    guard let server = cluster.value.server, !server.isEmpty else { throw clusterError("server", "isn't set") }
    do {
      _ = try ServerAddress(server)
      if let proxy = proxy { _ = try ProxyAddress(proxy) }
    } catch let error as ConfigurationError {
      throw clusterError(error.field ?? "server", error.message)
    }
    return ClientConfiguration(
      server: server, tls: try tls(), authentication: try authentication(),
      namespace: namespace.flatMap { $0.isEmpty ? nil : $0 } ?? "default", proxy: proxy)
  }

  private var proxy: String? { cluster.value.proxy.flatMap { $0.isEmpty ? nil : $0 } }

  private func tls() throws -> TLSOptions {
    let (cluster, user) = (cluster.value, user.value)
    let authority = try source(
      cluster.authorityData, cluster.authorityFile, beside: self.cluster.file
    ) { clusterError("certificate-authority-data", $0) }
    let isInsecure = cluster.isInsecure ?? false
    guard !(isInsecure && authority != nil) else {
      throw clusterError("insecure-skip-tls-verify", "makes no sense together with a certificate authority")
    }
    let certificate = try source(user.certificateData, user.certificateFile, beside: self.user.file) {
      userError("client-certificate-data", $0)
    }
    let key = try source(user.keyData, user.keyFile, beside: self.user.file) { userError("client-key-data", $0) }
    guard (certificate == nil) == (key == nil) else {
      throw userError(
        key == nil ? "client-key" : "client-certificate",
        "a client certificate needs its key, and a key its certificate")
    }
    return TLSOptions(
      certificateAuthority: authority, clientCertificate: certificate, clientKey: key,
      serverName: cluster.serverName.flatMap { $0.isEmpty ? nil : $0 }, isInsecure: isInsecure)
  }

  private func authentication() throws -> Authentication {
    let user = user.value
    if let provider = user.authProvider {
      throw userError("auth-provider", "\"\(provider.name ?? "")\" isn't supported; use exec")
    }
    guard user.impersonated == nil, user.impersonatedUID == nil, user.impersonatedGroups?.isEmpty ?? true else {
      throw userError("as", "impersonation isn't supported")
    }
    if let exec = user.exec { return .exec(try plugin(exec)) }
    if let path = user.tokenFile, !path.isEmpty { return .token(.file(absolute(path, beside: self.user.file))) }
    if let token = user.token, !token.isEmpty { return .token(.inline(SecretData(token))) }
    if let name = user.username, !name.isEmpty {
      return .basic(username: name, password: SecretData(user.password ?? ""))
    }
    return .none
  }

  private func plugin(_ exec: KubeconfigFile.Exec) throws -> ExecPlugin {
    guard let command = exec.command, !command.isEmpty else { throw userError("exec.command", "isn't set") }
    let known = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]
    guard let version = exec.apiVersion, known.contains(version) else {
      throw userError("exec.apiVersion", "must be \(known.joined(separator: " or "))")
    }
    guard exec.interactiveMode != "Always" else {
      throw userError("exec.interactiveMode", "is Always, and there is nobody to ask")
    }
    let variables = (exec.env ?? []).map { ($0.name, $0.value ?? "") }
    let config = cluster.value.extensions?.first { $0.name == "client.authentication.k8s.io/exec" }
    return ExecPlugin(
      command: command.contains("/") ? absolute(command, beside: user.file) : command, arguments: exec.args ?? [],
      environment: Dictionary(variables, uniquingKeysWith: { _, last in last }), apiVersion: version,
      installHint: exec.installHint, providesClusterInfo: exec.provideClusterInfo ?? false,
      clusterConfig: config?.extension)
  }

  /// Inline data goes before a file.
  private func source(
    _ data: String?, _ path: String?, beside file: String, _ problem: (String) -> ConfigurationError
  ) throws -> CredentialSource? {
    if let data, !data.isEmpty {
      guard let bytes = Data(base64Encoded: data, options: .ignoreUnknownCharacters), !bytes.isEmpty else {
        throw problem("isn't valid base64")
      }
      return .inline(SecretData(bytes: Array(bytes)))
    }
    guard let path, !path.isEmpty else { return nil }
    return .file(absolute(path, beside: file))
  }

  /// Paths count from the folder of the kubeconfig that names them.
  private func absolute(_ path: String, beside file: String) -> String {
    guard !path.hasPrefix("/") else { return path }
    guard let slash = file.lastIndex(of: "/") else { return path }
    return "\(file[..<slash])/\(path)"
  }

  private func clusterError(_ field: String, _ message: String) -> ConfigurationError {
    ConfigurationError(
      file: cluster.file, context: context, field: "clusters[\(clusterName)].\(field)", message: message)
  }

  private func userError(_ field: String, _ message: String) -> ConfigurationError {
    ConfigurationError(file: user.file, context: context, field: "users[\(userName)].\(field)", message: message)
  }
}
