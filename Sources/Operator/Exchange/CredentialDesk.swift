import KubernetesClient
import KubernetesRuntime
import OCI
package import Planning
package import SwiftletAPI
import Synchronization

/// Answers an agent's request: the credentials for those images that the agent's node is to have now, and nothing else.
package struct CredentialDesk: Sendable {
  /// The pull secrets of images in a node's plan; images that aren't in the plan are left out. Nil where that isn't known
  /// here.
  package typealias Plans = @Sendable (_ node: String, _ images: Set<ImageKey>) async -> [ImageKey: [PullSecret]]?

  private let identifier: AgentIdentifier
  private let reader: PullSecretReader
  private let limit: NodeRateLimit
  private let plans: Plans

  package init(
    identifier: AgentIdentifier, reader: PullSecretReader, limit: NodeRateLimit = NodeRateLimit(),
    plans: @escaping Plans
  ) {
    self.identifier = identifier
    self.reader = reader
    self.limit = limit
    self.plans = plans
  }

  /// Works for those who ask, until the task is cancelled; then everything is forgotten.
  package func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await identifier.run() }
      group.addTask { await reader.run() }
    }
  }

  package func answer(
    _ request: CredentialRequest, from token: AgentToken
  ) async throws(ExchangeRefusal) -> CredentialAnswer {
    guard !request.images.isEmpty, request.images.count <= CredentialExchange.maxImages else { throw .malformed }
    let node = try await identifier.node(of: token)
    let pause = limit.take(node)
    guard pause == .zero else { throw .tooMany(retryAfter: pause) }
    guard let planned = await plans(node, Set(request.images.map { ImageKey(normalized: $0) })) else {
      throw .unavailable
    }
    let findings = await findings(for: Set(planned.values.joined()))
    // What wasn't looked at for want of time is no finding.
    guard !Task.isCancelled else { throw .unavailable }
    var images: [String: ImageCredentials] = [:]
    for (key, secrets) in planned {
      guard let credentials = Self.credentials(for: key, secrets, findings) else { continue }
      images[key.normalized] = credentials
    }
    return CredentialAnswer(images: images)
  }

  private func findings(for secrets: Set<PullSecret>) async -> [PullSecret: PullSecretReader.Finding] {
    await withTaskGroup(of: (PullSecret, PullSecretReader.Finding).self) { group in
      for secret in secrets { group.addTask { (secret, await reader.finding(for: secret)) } }
      var findings: [PullSecret: PullSecretReader.Finding] = [:]
      for await (secret, finding) in group { findings[secret] = finding }
      return findings
    }
  }

  /// Nil where the key is no image reference, which no plan has.
  private static func credentials(
    for key: ImageKey, _ secrets: [PullSecret], _ findings: [PullSecret: PullSecretReader.Finding]
  ) -> ImageCredentials? {
    let reference: ImageReference
    do {
      reference = try ImageReference(parsing: key.normalized)
    } catch {
      return nil
    }
    var keyring = Keyring<PullSecret>()
    for secret in secrets {
      if case .logins(let configuration) = findings[secret] { keyring.add(configuration, from: secret) }
    }
    let candidates = keyring.candidates(for: reference)
    let notes = secrets.compactMap { secret -> SecretNote? in
      switch findings[secret] {
      case .logins:
        guard !candidates.contains(where: { $0.source == secret }) else { return nil }
        return SecretNote(secret: "\(secret)", problem: .noEntry)
      case .missing: return SecretNote(secret: "\(secret)", problem: .missing)
      case .unreadable: return SecretNote(secret: "\(secret)", problem: .unreadable)
      case .invalid(let words): return SecretNote(secret: "\(secret)", problem: .invalid, message: words)
      case .unanswered, nil: return SecretNote(secret: "\(secret)", problem: .unavailable)
      }
    }
    return ImageCredentials(candidates: candidates.map { OfferedLogin($0) }, others: notes)
  }
}

extension OfferedLogin {
  init(_ candidate: Keyring<PullSecret>.Candidate) {
    self.init(secret: "\(candidate.source)")
    switch candidate.login {
    case .password(let username, let password):
      self.username = SecretData(username)
      self.password = SecretData(password)
    case .identityToken(let token): identityToken = SecretData(token)
    case .registryToken(let token): registryToken = SecretData(token)
    }
  }
}
