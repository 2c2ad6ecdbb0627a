/// What an agent asks the exchange: credentials for images of its node's plan.
package struct CredentialRequest: Codable, Sendable, Hashable {
  /// Normalised references, the keys of the plan; at most `CredentialExchange.maxImages`.
  package var images: [String]

  package init(images: [String]) {
    self.images = images
  }
}
