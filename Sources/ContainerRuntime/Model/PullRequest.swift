package import OCI

/// One pull.
package struct PullRequest: Sendable, Hashable {
  package var reference: ImageReference
  /// None: without credentials, or with those that the runtime itself is configured with.
  package var credentials: RegistryCredentials?
  /// None: the node's own. The runtimes pull for the node's own only; another is refused as `WrongPlatform`.
  package var platform: Platform?
  /// The namespace for which the pull is made: CRI-O chooses its signature policy by it.
  package var namespace: String?

  package init(
    reference: ImageReference, credentials: RegistryCredentials? = nil, platform: Platform? = nil,
    namespace: String? = nil
  ) {
    self.reference = reference
    self.credentials = credentials
    self.platform = platform
    self.namespace = namespace
  }
}
