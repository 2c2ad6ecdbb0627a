package import ContainerRuntime
import KubernetesClient
package import OCI
import SwiftletAPI

/// Pulls an image with each login that there is for it, in order, and without one where there is none, as the kubelet
/// does. The logins live no longer than this.
package struct AuthenticatedPull: Sendable {
  package typealias Attempt = (RegistryCredentials?) async throws(RuntimeError) -> Void

  private let reference: ImageReference
  private let source: any CredentialSource

  package init(reference: ImageReference, source: any CredentialSource) {
    self.reference = reference
    self.source = source
  }

  private var operation: String { "pull \(reference)" }

  /// - Parameter attempt: pulls with these credentials.
  /// - Throws: what says most about why no attempt went well.
  package func run(_ attempt: Attempt) async throws(RuntimeError) {
    let offered = try await offered()
    var refusals: [(secret: String, error: RuntimeError)] = []
    for candidate in offered.candidates {
      guard let credentials = RegistryCredentials(candidate, for: reference) else {
        let words = "no container runtime takes a login of this kind"
        refusals.append((candidate.secret, RuntimeError(operation: operation, reason: .unauthorized, message: words)))
        continue
      }
      do throws(RuntimeError) {
        return try await attempt(credentials)
      } catch {
        guard error.mayBeAboutLogin else { throw error }
        refusals.append((candidate.secret, error))
      }
    }
    if let refusal = refusals.first(where: { $0.error.reason == .unauthorized }) ?? refusals.first {
      throw refused(refusal.error, refusals.map(\.secret), offered.others)
    }
    if let note = offered.others.first(where: { $0.problem == .unavailable }) {
      throw RuntimeError(
        operation: operation, reason: .credentialsUnavailable,
        message: "the API server didn't give the controller Secret \(note.secret)")
    }
    do throws(RuntimeError) {
      try await attempt(nil)
    } catch {
      guard error.mayBeAboutLogin else { throw error }
      throw withoutLogin(error, offered.others)
    }
  }

  private func offered() async throws(RuntimeError) -> ImageCredentials {
    do throws(CredentialFailure) {
      return try await source.credentials(for: reference.normalized)
    } catch {
      if Task.isCancelled { throw RuntimeError(operation: operation, kind: .cancelled, message: "cancelled") }
      throw RuntimeError(operation: operation, reason: .credentialsUnavailable, message: error.message)
    }
  }

  // MARK: What to say

  private func refused(_ error: RuntimeError, _ secrets: [String], _ others: [SecretNote]) -> RuntimeError {
    var message = "\(reference.registry) doesn't accept the login in \(secrets.joined(separator: ", "))"
    if let note = others.first(where: { $0.problem != .noEntry }) { message += "; \(Self.words(note))" }
    // One that only the kubelet can use may be the right one.
    let isOtherUnread = others.contains { $0.problem == .unreadable }
    return RuntimeError(
      operation: operation, reason: isOtherUnread ? .secretUnreadable : error.reason,
      message: "\(message): \(error.message)")
  }

  private func withoutLogin(_ error: RuntimeError, _ others: [SecretNote]) -> RuntimeError {
    if let note = others.first(where: { $0.problem != .noEntry }) {
      return RuntimeError(operation: operation, reason: note.problem.reason, message: Self.words(note))
    }
    let names = others.map(\.secret).joined(separator: ", ")
    return RuntimeError(
      operation: operation, reason: error.reason,
      message: "no login for \(reference.name) in \(names): \(error.message)")
  }

  private static func words(_ note: SecretNote) -> String {
    switch note.problem {
    case .missing: "there is no Secret \(note.secret)"
    case .unreadable:
      "the controller isn't allowed to get Secret \(note.secret); "
        + "a role in namespace \(note.secret.prefix { $0 != "/" }) has to let it"
    case .invalid: "Secret \(note.secret) is no pull secret: \(note.message ?? "")"
    case .unavailable: "Secret \(note.secret) couldn't be looked at"
    case .noEntry: "Secret \(note.secret) has no login for this image"
    }
  }
}

extension SecretNote.Problem {
  fileprivate var reason: PullFailureReason {
    switch self {
    case .missing: .secretMissing
    case .unreadable: .secretUnreadable
    case .invalid: .secretInvalid
    case .unavailable: .credentialsUnavailable
    case .noEntry: .unauthorized
    }
  }
}

extension RuntimeError {
  /// Whether another login could make a difference. Registries tell those who may not see a repository that there is none.
  fileprivate var mayBeAboutLogin: Bool {
    switch reason {
    case .unauthorized, .forbidden, .notFound: true
    default: false
    }
  }
}

extension RegistryCredentials {
  /// Bound to the image's own registry. Nil where the runtimes take no such login: a `registrytoken`, and what isn't
  /// text.
  fileprivate init?(_ login: OfferedLogin, for reference: ImageReference) {
    let secret: Secret
    if let token = login.identityToken?.text {
      secret = .identityToken(token)
    } else if let username = login.username?.text, let password = login.password?.text {
      secret = .password(username: username, password: password)
    } else {
      return nil
    }
    self.init(secret, serverAddress: reference.registry)
  }
}
