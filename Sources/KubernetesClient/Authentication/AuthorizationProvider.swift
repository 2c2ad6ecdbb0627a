#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Where the Authorization header, or a plugin's client certificate, comes from.
enum AuthorizationProvider: Sendable {
  case fixed(Identity)
  case token(SourceReader)
  case exec(ExecCredentials)

  init(configuration: ClientConfiguration, environment: ClientEnvironment) throws {
    switch configuration.authentication {
    case .none:
      self = .fixed(Identity())
    case .token(let source):
      self = .token(
        SourceReader(source: source, maxAge: CredentialStore.maxAge, environment: environment))
    case .basic(let username, let password):
      let pair = Data("\(username):".utf8) + Data(password.bytes)
      self = .fixed(Identity(authorization: SecretData("Basic \(pair.base64EncodedString())")))
    case .exec(let plugin):
      self = .exec(ExecCredentials(plugin: plugin, configuration: configuration, environment: environment))
    }
  }

  /// - Throws: `CredentialError`.
  func current() async throws -> Identity {
    switch self {
    case .fixed(let identity): return identity
    case .token(let reader): return .bearer(try Self.token(reader))
    case .exec(let credentials): return try await credentials.current()
    }
  }

  /// Gets a new one after the server refused `rejected`.
  ///
  /// - Throws: `CredentialError`.
  func refresh(_ rejected: Credential) async throws {
    switch self {
    case .fixed: break
    case .token(let reader): try reader.reread()
    case .exec(let credentials): await credentials.forget(rejected)
    }
  }

  /// The token without the white space around it that files often have.
  private static func token(_ reader: SourceReader) throws -> String {
    let text = try reader.value().text.map { String($0.trimmingPrefix(while: \.isWhitespace)) } ?? ""
    let token = text.prefix { !$0.isWhitespace }
    guard !token.isEmpty, text.dropFirst(token.count).allSatisfy(\.isWhitespace) else {
      throw CredentialError(description: "the token is empty, or has white space in it")
    }
    return String(token)
  }
}
