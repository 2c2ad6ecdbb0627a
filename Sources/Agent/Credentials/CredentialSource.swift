package import SwiftletAPI

/// Where an agent gets credentials for images.
package protocol CredentialSource: Sendable {
  /// Asks on behalf of those who want credentials, until the task is cancelled. To be run once.
  func run() async

  /// The credentials for one image of the node's plan. They are kept nowhere but in what is returned.
  ///
  /// - Parameter image: the normalised reference.
  func credentials(for image: String) async throws(CredentialFailure) -> ImageCredentials
}

/// Why there are no credentials: nobody could be asked. Holds nothing secret.
package struct CredentialFailure: Error, Sendable, Hashable, CustomStringConvertible {
  package let message: String

  package init(_ message: String) {
    self.message = message
  }

  package var description: String { message }
}
