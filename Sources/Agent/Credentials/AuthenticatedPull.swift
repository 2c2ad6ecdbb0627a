package import ContainerRuntime
package import OCI
import SwiftletAPI

/// Pulls an image with each login that there is for it, in order, and without one where there is none, as the kubelet
/// does. The logins live no longer than this.
package struct AuthenticatedPull: Sendable {
  package typealias Attempt = (RegistryCredentials?) async throws(RuntimeError) -> Void

  private let reference: ImageReference
  private let sources: [any CredentialSource]

  /// - Parameter sources: those whose logins are tried first come first.
  package init(reference: ImageReference, sources: [any CredentialSource]) {
    self.reference = reference
    self.sources = sources
  }

  private var operation: String { "pull \(reference)" }

  /// - Parameter attempt: pulls with these credentials.
  /// - Throws: what says most about why no attempt went well.
  package func run(_ attempt: Attempt) async throws(RuntimeError) {
    let offer = await offer()
    guard !Task.isCancelled else { throw RuntimeError(operation: operation, kind: .cancelled, message: "cancelled") }
    var refusals: [(origin: CredentialOffer.Origin, error: RuntimeError)] = []
    for candidate in offer.candidates {
      guard let credentials = candidate.login.flatMap({ RegistryCredentials($0, for: reference) }) else {
        let words = "no container runtime takes a login of this kind"
        refusals.append((candidate.origin, RuntimeError(operation: operation, reason: .unauthorized, message: words)))
        continue
      }
      do throws(RuntimeError) {
        return try await attempt(credentials)
      } catch {
        guard error.mayBeAboutLogin else { throw error }
        refusals.append((candidate.origin, error))
      }
    }
    if let refusal = refusals.first(where: { $0.error.reason == .unauthorized }) ?? refusals.first {
      if refusal.error.reason == .unauthorized { for source in sources { source.refused(for: reference) } }
      throw refused(refusal.error, refusals.map(\.origin), offer.notes)
    }
    if let problem = offer.notes.first(where: \.keepsFromTrying)?.problem { throw error(problem) }
    do throws(RuntimeError) {
      try await attempt(nil)
    } catch {
      guard error.mayBeAboutLogin else { throw error }
      throw withoutLogin(error, offer.notes)
    }
  }

  /// What all sources offer, asked at the same time.
  private func offer() async -> CredentialOffer {
    await withTaskGroup(of: (Int, CredentialOffer).self) { group in
      for (index, source) in sources.enumerated() {
        group.addTask { (index, await source.offer(for: reference)) }
      }
      var offers: [Int: CredentialOffer] = [:]
      for await (index, offer) in group { offers[index] = offer }
      let ordered = sources.indices.compactMap { offers[$0] }
      return CredentialOffer(candidates: ordered.flatMap(\.candidates), notes: ordered.flatMap(\.notes))
    }
  }

  // MARK: What to say

  private func refused(
    _ error: RuntimeError, _ origins: [CredentialOffer.Origin], _ notes: [CredentialOffer.Note]
  ) -> RuntimeError {
    var message = "\(reference.registry) doesn't accept the login \(Self.place(origins))"
    var reason = error.reason
    if let note = notes.first(where: \.isUnread) ?? notes.first(where: { $0.problem != nil }),
      let problem = note.problem
    {
      message += "; \(problem.words)"
      // There may be a better one that nobody could be asked for.
      if note.isUnread { reason = problem.reason }
    }
    return RuntimeError(operation: operation, reason: reason, message: "\(message): \(error.message)")
  }

  private func withoutLogin(_ error: RuntimeError, _ notes: [CredentialOffer.Note]) -> RuntimeError {
    if let problem = notes.lazy.compactMap(\.problem).first { return self.error(problem) }
    return RuntimeError(
      operation: operation, reason: error.reason,
      message: "no login for \(reference.name) \(Self.place(notes.compactMap(\.originWithoutLogin))): \(error.message)")
  }

  private func error(_ problem: (reason: PullFailureReason, words: String)) -> RuntimeError {
    RuntimeError(operation: operation, reason: problem.reason, message: problem.words)
  }

  /// Where logins are from: `in team/a, team/b or from credential plugin ecr`.
  private static func place(_ origins: [CredentialOffer.Origin]) -> String {
    var secrets: [String] = []
    var plugins: [String] = []
    for origin in origins {
      switch origin {
      case .secret(let name): secrets.append(name)
      case .plugin(let name): if !plugins.contains(name) { plugins.append(name) }
      }
    }
    var places: [String] = []
    if !secrets.isEmpty { places.append("in \(secrets.joined(separator: ", "))") }
    if !plugins.isEmpty { places.append("from credential plugin \(plugins.joined(separator: ", "))") }
    return places.joined(separator: " or ")
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
  /// Bound to the image's own registry. Nil for a `registrytoken`, which no runtime takes.
  fileprivate init?(_ login: RegistryLogin, for reference: ImageReference) {
    switch login {
    case .identityToken(let token): self.init(.identityToken(token), serverAddress: reference.registry)
    case .password(let username, let password):
      self.init(.password(username: username, password: password), serverAddress: reference.registry)
    case .registryToken: return nil
    }
  }
}
