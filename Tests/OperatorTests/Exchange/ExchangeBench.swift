import Foundation
import KubernetesClient
import KubernetesRuntime
import Logging
import Operator
import Planning
import SwiftletAPI
import Synchronization
import TestSupport

/// An exchange for two agents, whose first node is to have two images, over an API server in memory.
final class ExchangeBench: Sendable {
  static let namespace = "swiftlet-system"
  static let image = "registry.example/team/app:1"
  static let other = "registry.example/team/other:1"
  /// Must show up nowhere but in answers.
  static let word = "s3cret-word"

  let api = ExchangeAPI()
  let agents = Store<Pod>(indexes: [AgentPods.nodeIndex: AgentPods.node])
  let clock = ManualClock()
  let logs = LogLines()
  let desk: CredentialDesk

  /// - Parameters:
  ///   - secrets: the pull secrets of the planned images, `namespace/name`; `@namespace/name` is a service account.
  ///   - knows: whether it is known what nodes are to have.
  init(secrets: [String] = ["team/login"], burst: Int = 30, knows: Bool = true) {
    let names = secrets.map { text in
      let parts = text.drop { $0 == "@" }.split(separator: "/").map(String.init)
      return PullSecret(
        namespace: parts[0], name: parts[1], kind: text.hasPrefix("@") ? .serviceAccount : .secret)
    }
    let plans = ["n1": [Self.image: names, Self.other: names], "n2": [:]]
    let logs = logs
    let logger = Logger(label: "exchange") { _ in CapturingLogHandler(lines: logs) }
    desk = CredentialDesk(
      identifier: AgentIdentifier(
        api: api, namespace: Self.namespace, agents: agents, clock: clock, logger: logger),
      reader: PullSecretReader(api: api, clock: clock, logger: logger),
      accounts: AccountReader(api: api, clock: clock, logger: logger),
      limit: NodeRateLimit(burst: burst, interval: .seconds(1), clock: clock)
    ) { node, images in
      guard knows, let plan = plans[node] else { return nil }
      var found: [ImageKey: [PullSecret]] = [:]
      for key in images { found[key] = plan[key.normalized] }
      return found
    }
    for node in ["n1", "n2"] {
      agents.upsert(Self.pod(node))
      review("token-\(node)", Self.user("agent-\(node)", uid: "uid-\(node)"))
    }
    put("team/login", Self.configuration("registry.example", "u", Self.word))
  }

  static func pod(_ node: String, uid: String? = nil) -> Pod {
    Pod(
      metadata: ObjectMeta(name: "agent-\(node)", namespace: namespace, uid: uid ?? "uid-\(node)"),
      spec: PodSpec(nodeName: node))
  }

  static func user(_ pod: String, uid: String, account: String = "\(namespace):swiftlet-agent") -> TokenUser {
    TokenUser(
      username: "system:serviceaccount:\(account)",
      extra: [
        "authentication.kubernetes.io/pod-name": [pod], "authentication.kubernetes.io/pod-uid": [uid],
      ])
  }

  func review(_ token: String, _ user: TokenUser, audiences: [String]? = [CredentialExchange.audience]) {
    api.state.withLock {
      $0.reviews[token] = TokenReviewStatus(authenticated: true, user: user, audiences: audiences)
    }
  }

  static func configuration(_ host: String, _ user: String, _ password: String) -> String {
    #"{"auths":{"\#(host)":{"username":"\#(user)","password":"\#(password)"}}}"#
  }

  func put(_ name: String, _ text: String, type: String = "dockerconfigjson") {
    let key = Self.key(name)
    let secret = Secret(
      metadata: ObjectMeta(name: key.name, namespace: key.namespace), type: "kubernetes.io/\(type)",
      data: [".\(type)": SecretData(text)])
    set(name, .success(secret))
  }

  func set(_ name: String, _ result: Result<Secret, KubernetesError>?) {
    api.state.withLock { $0.secrets[Self.key(name)] = result }
  }

  /// - Parameter secrets: the names of its pull secrets.
  func putAccount(_ name: String, _ secrets: String...) {
    let key = Self.key(name)
    let account = ServiceAccount(
      metadata: ObjectMeta(name: key.name, namespace: key.namespace),
      imagePullSecrets: secrets.map { ServiceAccount.LocalReference(name: $0) })
    api.state.withLock { $0.accounts[key] = .success(account) }
  }

  private static func key(_ name: String) -> ObjectKey {
    let parts = name.split(separator: "/").map(String.init)
    return ObjectKey(namespace: parts[0], name: parts[1])
  }

  /// Runs `body` while the desk works.
  func open(_ body: () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await self.desk.run() }
      try await eventually("the desk works") { await self.isOpen ? true : nil }
      do {
        try await body()
      } catch {
        group.cancelAll()
        throw error
      }
      group.cancelAll()
    }
  }

  /// A token that nobody has is refused only by a desk that works.
  private var isOpen: Bool {
    get async {
      do {
        _ = try await ask(token: "nobody")
        return true
      } catch {
        return error == .unauthenticated
      }
    }
  }

  func ask(
    _ images: [String] = [image], token: String = "token-n1"
  ) async throws(ExchangeRefusal) -> CredentialAnswer {
    guard let token = AgentToken(token) else { throw .malformed }
    return try await desk.answer(CredentialRequest(images: images), from: token)
  }
}

/// The lines that were logged.
final class LogLines: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }

  func add(_ line: String) { lines.withLock { $0.append(line) } }
}

struct CapturingLogHandler: LogHandler {
  let lines: LogLines
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    lines.add("\(event.message) \(metadata) \(event.metadata ?? [:])")
  }
}
