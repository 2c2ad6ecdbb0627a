#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import KubernetesClient
package import OCI

/// What a plugin printed: `CredentialProviderResponse`.
package struct CredentialProviderAnswer: Sendable, Hashable {
  /// For which images it holds, besides the one it was asked for.
  package enum CacheKeyType: String, Sendable {
    case image = "Image"
    case registry = "Registry"
    case global = "Global"
  }

  package let cacheKeyType: CacheKeyType
  /// Nil where the provider's own holds; zero where it isn't to be kept.
  package let cacheDuration: Duration?
  package let logins: DockerConfiguration

  /// - Parameter apiVersion: that of the question.
  package init(_ bytes: [UInt8], apiVersion: String) throws(CredentialPluginFailure) {
    let response: Response
    do {
      response = try JSONDecoder().decode(Response.self, from: Data(bytes))
    } catch {
      // What the decoder says may quote what it read.
      throw .notAnswer
    }
    guard response.kind == "CredentialProviderResponse" else { throw .notAnswer }
    guard response.apiVersion == apiVersion else { throw .otherVersion(expected: apiVersion) }
    guard let type = response.cacheKeyType.flatMap(CacheKeyType.init) else { throw .unknownCacheKeyType }
    cacheKeyType = type
    if let text = response.cacheDuration {
      guard let duration = GoDuration.parse(text) else { throw .notAnswer }
      cacheDuration = max(duration, .zero)
    } else {
      cacheDuration = nil
    }
    var logins: [String: RegistryLogin] = [:]
    for (location, entry) in response.auth ?? [:] {
      let username = entry?.username ?? ""
      let password = entry?.password ?? ""
      guard !username.isEmpty || !password.isEmpty else { continue }
      logins[location] = .password(username: username, password: password)
    }
    self.logins = DockerConfiguration(logins: logins)
  }

  private struct Response: Decodable {
    struct Login: Decodable {
      let username: String?
      let password: String?
    }

    let apiVersion: String?
    let kind: String?
    let cacheKeyType: String?
    let cacheDuration: String?
    let auth: [String: Login?]?
  }
}
