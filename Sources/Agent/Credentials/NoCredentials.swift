package import OCI

/// For agents that have nobody to ask.
package struct NoCredentials: CredentialSource {
  package init() {}

  package func run() async {}

  package func offer(for reference: ImageReference) async -> CredentialOffer {
    let failure = CredentialFailure("this agent has no controller that it could ask for credentials")
    return CredentialOffer(notes: [.secretsUnavailable(failure)])
  }
}
