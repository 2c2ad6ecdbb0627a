package import OCI

/// Where an agent gets credentials for images.
package protocol CredentialSource: Sendable {
  /// Asks on behalf of those who want credentials, until the task is cancelled. To be run once.
  func run() async

  /// The credentials for one image. They are kept nowhere but in what is returned, unless the source says otherwise.
  func offer(for reference: ImageReference) async -> CredentialOffer

  /// The registry didn't take what was offered for the image: it isn't to be offered from memory again.
  func refused(for reference: ImageReference)
}

extension CredentialSource {
  package func refused(for reference: ImageReference) {}
}

/// Why there are no credentials: nobody could be asked. Holds nothing secret.
package struct CredentialFailure: Error, Sendable, Hashable, CustomStringConvertible {
  package let message: String

  package init(_ message: String) {
    self.message = message
  }

  package var description: String { message }
}
