/// What a request is sent with.
struct Credential: Sendable, Hashable {
  /// The Authorization header.
  var authorization: SecretData?
  var material: TLSMaterial
}
