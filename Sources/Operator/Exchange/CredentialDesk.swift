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
  private let accounts: AccountReader
  private let limit: NodeRateLimit
  private let plans: Plans

  package init(
    identifier: AgentIdentifier, reader: PullSecretReader, accounts: AccountReader,
    limit: NodeRateLimit = NodeRateLimit(), plans: @escaping Plans
  ) {
    self.identifier = identifier
    self.reader = reader
    self.accounts = accounts
    self.limit = limit
    self.plans = plans
  }

  /// Works for those who ask, until the task is cancelled; then everything is forgotten.
  package func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await identifier.run() }
      group.addTask { await reader.run() }
      group.addTask { await accounts.run() }
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
    let sources = Set(planned.values.joined())
    let accounts = await accountFindings(for: sources.filter { $0.kind == .serviceAccount })
    let findings = await findings(for: sources.union(accounts.values.flatMap(\.named)).filter { $0.kind == .secret })
    // What wasn't looked at for want of time is no finding.
    guard !Task.isCancelled else { throw .unavailable }
    var images: [String: ImageCredentials] = [:]
    for (key, secrets) in planned {
      guard let credentials = Self.credentials(for: key, secrets, accounts, findings) else { continue }
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

  private func accountFindings(for accounts: Set<PullSecret>) async -> [PullSecret: AccountReader.Finding] {
    await withTaskGroup(of: (PullSecret, AccountReader.Finding).self) { group in
      for account in accounts { group.addTask { (account, await self.accounts.finding(for: account)) } }
      var findings: [PullSecret: AccountReader.Finding] = [:]
      for await (account, finding) in group { findings[account] = finding }
      return findings
    }
  }

  /// What is wrong with a service account, or that it names no secret.
  private static func note(_ account: PullSecret, _ finding: AccountReader.Finding?) -> SecretNote? {
    let problem: SecretNote.Problem
    switch finding {
    case .secrets(let secrets):
      guard secrets.isEmpty else { return nil }
      problem = .noEntry
    case .missing: problem = .missing
    case .unreadable: problem = .unreadable
    case .unanswered, nil: problem = .unavailable
    }
    return SecretNote(secret: "\(account)", problem: problem, kind: .serviceAccount)
  }

  /// Nil where the key is no image reference, which no plan has.
  private static func credentials(
    for key: ImageKey, _ sources: [PullSecret], _ accounts: [PullSecret: AccountReader.Finding],
    _ findings: [PullSecret: PullSecretReader.Finding]
  ) -> ImageCredentials? {
    let reference: ImageReference
    do {
      reference = try ImageReference(parsing: key.normalized)
    } catch {
      return nil
    }
    var secrets: [PullSecret] = []
    for source in sources {
      let named = source.kind == .secret ? [source] : accounts[source]?.named ?? []
      secrets += named.filter { !secrets.contains($0) }
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
    let accountNotes = sources.filter { $0.kind == .serviceAccount }.compactMap { note($0, accounts[$0]) }
    return ImageCredentials(candidates: candidates.map { OfferedLogin($0) }, others: notes + accountNotes)
  }
}

extension AccountReader.Finding {
  /// The secrets that the account names.
  fileprivate var named: [PullSecret] {
    if case .secrets(let secrets) = self { secrets } else { [] }
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
