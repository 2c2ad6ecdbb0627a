#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a credential plugin printed: an `ExecCredential`.
struct ExecCredentialAnswer {
  var identity: Identity
  var expires: Timestamp?

  private struct Document: Decodable {
    struct Status: Decodable {
      var token: String?
      var clientCertificateData: String?
      var clientKeyData: String?
      var expirationTimestamp: Timestamp?
    }
    var apiVersion: String?
    var kind: String?
    var status: Status?
  }

  /// - Throws: `CredentialError`, which shows nothing of the output.
  init(_ output: [UInt8], plugin: ExecPlugin) throws {
    func failure(_ message: String) -> CredentialError {
      CredentialError(description: "credential plugin \(plugin.command): \(message)")
    }
    let document: Document
    do {
      document = try JSONDecoder().decode(Document.self, from: Data(output))
    } catch {
      throw failure("printed no ExecCredential")
    }
    guard document.kind == "ExecCredential", document.apiVersion == plugin.apiVersion else {
      throw failure("printed something other than an ExecCredential of \(plugin.apiVersion)")
    }
    guard let status = document.status else { throw failure("printed no status") }
    let hasCertificate = status.clientCertificateData != nil
    guard hasCertificate == (status.clientKeyData != nil) else {
      throw failure("printed a client certificate without its key, or a key without its certificate")
    }
    guard status.token.map({ !$0.isEmpty }) ?? hasCertificate else {
      throw failure("printed neither a token nor a client certificate")
    }
    identity = status.token.map { .bearer($0) } ?? Identity()
    identity.certificate = status.clientCertificateData.map { SecretData($0) }
    identity.key = status.clientKeyData.map { SecretData($0) }
    expires = status.expirationTimestamp
  }
}
