#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The logins of a Docker configuration file, as pull secrets hold it.
package struct DockerConfiguration: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    let pattern: RegistryPattern
    let login: RegistryLogin
  }

  /// Sorted by what is written before them.
  package let entries: [Entry]

  /// The content of `.dockerconfigjson`: entries under `auths`.
  package init(configJSON bytes: [UInt8]) throws(DockerConfigurationError) {
    let file: File = try Self.decode(bytes)
    guard let auths = file.auths else { throw .noEntries }
    try self.init(auths)
  }

  /// The content of `.dockercfg`: entries and nothing else.
  package init(legacy bytes: [UInt8]) throws(DockerConfigurationError) {
    try self.init(try Self.decode(bytes) as [String: RawEntry?])
  }

  /// Logins by location, as credential providers hand them out.
  package init(logins: [String: RegistryLogin]) {
    entries = logins.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.compactMap { location, login in
      RegistryPattern(location).map { Entry(pattern: $0, login: login) }
    }
  }

  /// Entries whose location can't be read, and those without a login, are of no use and no harm: the kubelet passes over
  /// them as well.
  private init(_ raw: [String: RawEntry?]) throws(DockerConfigurationError) {
    var entries: [Entry] = []
    for (location, entry) in raw.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      guard let login = try entry?.login(), let pattern = RegistryPattern(location) else { continue }
      entries.append(Entry(pattern: pattern, login: login))
    }
    self.entries = entries
  }

  private static func decode<Value: Decodable>(_ bytes: [UInt8]) throws(DockerConfigurationError) -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(bytes))
    } catch DecodingError.dataCorrupted {
      throw .notJSON
    } catch {
      throw .wrongShape
    }
  }

  private struct File: Decodable {
    let auths: [String: RawEntry?]?
  }

  private struct RawEntry: Decodable {
    let username: String?
    let password: String?
    let auth: String?
    let identitytoken: String?
    let registrytoken: String?

    /// A password first, since it is all that the kubelet knows; `auth` before the fields that it repeats, as there.
    func login() throws(DockerConfigurationError) -> RegistryLogin? {
      var username = username ?? ""
      var password = password ?? ""
      if let auth, !auth.isEmpty { (username, password) = try Self.split(auth) }
      if password.isEmpty {
        if let identitytoken, !identitytoken.isEmpty { return .identityToken(identitytoken) }
        if let registrytoken, !registrytoken.isEmpty { return .registryToken(registrytoken) }
        if username.isEmpty { return nil }
      }
      return .password(username: username, password: password)
    }

    /// Base64, with or without padding, of `username:password`.
    private static func split(_ auth: String) throws(DockerConfigurationError) -> (String, String) {
      var base64 = Array(auth.utf8.filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
      if base64.last != UInt8(ascii: "=") {
        base64 += Array(repeating: UInt8(ascii: "="), count: (4 - base64.count % 4) % 4)
      }
      guard let bytes = Data(base64Encoded: Data(base64)), let text = String(validating: bytes, as: UTF8.self) else {
        throw .authNotBase64
      }
      guard let colon = text.utf8.firstIndex(of: .colon) else { throw .authWithoutColon }
      return (String(text[..<colon]), String(text[text.utf8.index(after: colon)...]))
    }
  }
}
