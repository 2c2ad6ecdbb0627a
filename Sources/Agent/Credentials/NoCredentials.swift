package import SwiftletAPI

/// For agents that have nobody to ask.
package struct NoCredentials: CredentialSource {
  package init() {}

  package func run() async {}

  package func credentials(for image: String) async throws(CredentialFailure) -> ImageCredentials {
    throw CredentialFailure("this agent has no controller that it could ask for credentials")
  }
}
