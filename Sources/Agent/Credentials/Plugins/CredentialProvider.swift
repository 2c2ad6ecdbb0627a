package import OCI

/// One of the kubelet's credential providers, as its configuration has it.
package struct CredentialProvider: Sendable, Hashable {
  /// Also that of the program.
  package var name: String
  package var matchImages: [RegistryPattern]
  /// How long an answer holds that doesn't say so itself.
  package var defaultCacheDuration: Duration
  /// The version in which it is asked and answers.
  package var apiVersion: String
  package var arguments: [String]
  /// Added to the agent's own.
  package var environment: [String: String]
  /// Whether it works only with the token of a pod's service account.
  package var needsToken: Bool

  package init(
    name: String, matchImages: [RegistryPattern], defaultCacheDuration: Duration, apiVersion: String,
    arguments: [String] = [], environment: [String: String] = [:], needsToken: Bool = false
  ) {
    self.name = name
    self.matchImages = matchImages
    self.defaultCacheDuration = defaultCacheDuration
    self.apiVersion = apiVersion
    self.arguments = arguments
    self.environment = environment
    self.needsToken = needsToken
  }

  static let apiVersions = ["v1", "v1beta1", "v1alpha1"].map { "credentialprovider.kubelet.k8s.io/\($0)" }

  package func handles(_ reference: ImageReference) -> Bool {
    matchImages.contains { $0.matches(reference) }
  }
}
