import Foundation
import KubernetesClient
import KubernetesRuntime
import Operator
import Planning
import SwiftletAPI
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CredentialDeskTests {
  private func login(_ secret: String, _ username: String, _ password: String) -> OfferedLogin {
    var login = OfferedLogin(secret: secret)
    login.username = SecretData(username)
    login.password = SecretData(password)
    return login
  }

  @Test func givesTheLoginsThatFitAnImageOfTheNodesPlan() async throws {
    let bench = ExchangeBench(secrets: ["team/login", "team/elsewhere"])
    bench.put("team/elsewhere", ExchangeBench.configuration("elsewhere.example", "x", "y"))
    try await bench.open {
      let answer = try await bench.ask([ExchangeBench.image, "registry.example/team/stranger:1"])
      #expect(
        answer.images == [
          ExchangeBench.image: ImageCredentials(
            candidates: [login("team/login", "u", ExchangeBench.word)],
            others: [SecretNote(secret: "team/elsewhere", problem: .noEntry)])
        ])
    }
  }

  @Test func theSecretsOfAServiceAccountComeAfterTheOwn() async throws {
    let bench = ExchangeBench(secrets: ["@team/puller", "team/own"])
    bench.putAccount("team/puller", "login", "own", "gone", "../../../nodes")
    bench.put("team/own", ExchangeBench.configuration("registry.example", "o", "p"))
    try await bench.open {
      let answer = try await bench.ask()
      let found = try #require(answer.images[ExchangeBench.image])
      #expect(found.candidates.map(\.secret) == ["team/login", "team/own"])
      #expect(found.others == [SecretNote(secret: "team/gone", problem: .missing)])
      #expect(bench.api.count("get serviceaccounts team/puller") == 1)
      #expect(bench.api.count("get secrets") == 3)
      _ = try await bench.ask([ExchangeBench.other])
      #expect(bench.api.count("get serviceaccounts") == 1)
    }
  }

  @Test(arguments: [
    (404, SecretNote.Problem.missing), (403, .unreadable), (500, .unavailable), (200, .noEntry),
  ]) func whatIsWrongWithAServiceAccountIsSaid(code: Int, problem: SecretNote.Problem) async throws {
    let bench = ExchangeBench(secrets: ["team/login", "@team/puller"])
    bench.putAccount("team/puller")
    if code != 200 {
      bench.api.state.withLock { state in
        for key in Array(state.accounts.keys) { state.accounts[key] = .failure(ExchangeAPI.error(code, "")) }
      }
    }
    try await bench.open {
      let answer = try await bench.ask()
      let found = try #require(answer.images[ExchangeBench.image])
      #expect(found.candidates.map(\.secret) == ["team/login"])
      #expect(found.others == [SecretNote(secret: "team/puller", problem: problem, kind: .serviceAccount)])
    }
  }

  /// Another node's agent gets nothing of the same image.
  @Test func anImageThatIsNotInThePlanIsLeftOut() async throws {
    let bench = ExchangeBench()
    try await bench.open {
      let answer = try await bench.ask(token: "token-n2")
      #expect(answer.images == [:])
      #expect(bench.api.count("get secrets") == 0)
    }
  }

  @Test func aPlanThatIsNotKnownIsNoEmptyPlan() async throws {
    let bench = ExchangeBench(knows: false)
    try await bench.open {
      await #expect(throws: ExchangeRefusal.unavailable) { try await bench.ask() }
    }
  }

  // MARK: Who asks

  @Test(arguments: [
    ("nobody's", ExchangeRefusal.unauthenticated), ("expired", .unauthenticated), ("wrong audience", .unauthenticated),
    ("no audience", .unauthenticated), ("another namespace", .unauthenticated), ("a person", .unauthenticated),
    ("no pod", .unauthenticated), ("another uid", .unknownPod), ("no agent", .unknownPod), ("not bound", .unknownPod),
    ("another node", .unknownPod),
  ]) func whoeverIsNoAgentGetsNothing(who: String, refusal: ExchangeRefusal) async throws {
    let bench = ExchangeBench()
    let user = ExchangeBench.user("agent-n1", uid: "uid-n1")
    switch who {
    case "expired":
      bench.api.state.withLock {
        $0.reviews["token"] = TokenReviewStatus(authenticated: false, user: user, error: "token has expired")
      }
    case "wrong audience": bench.review("token", user, audiences: ["api"])
    // A server that doesn't know of audiences.
    case "no audience": bench.review("token", user, audiences: nil)
    case "another namespace":
      bench.review("token", ExchangeBench.user("agent-n1", uid: "uid-n1", account: "default:swiftlet-agent"))
    case "a person":
      var person = user
      person.username = "admin"
      bench.review("token", person)
    case "no pod": bench.review("token", TokenUser(username: user.username))
    case "another uid": bench.review("token", ExchangeBench.user("agent-n1", uid: "uid-of-the-one-before"))
    case "no agent": bench.review("token", ExchangeBench.user("controller", uid: "uid-n1"))
    case "not bound":
      var pod = ExchangeBench.pod("n1")
      pod.spec = PodSpec()
      bench.agents.upsert(pod)
      bench.review("token", user)
    case "another node":
      var user = user
      user.extra?["authentication.kubernetes.io/node-name"] = ["n2"]
      bench.review("token", user)
    default: break
    }
    try await bench.open {
      await #expect(throws: refusal) { try await bench.ask(token: "token") }
      #expect(bench.api.count("get secrets") == 0)
    }
  }

  @Test func aPodThatIsGoneIsRefusedAtOnce() async throws {
    let bench = ExchangeBench()
    try await bench.open {
      _ = try await bench.ask()
      bench.agents.remove(ObjectKey(namespace: ExchangeBench.namespace, name: "agent-n1"))
      await #expect(throws: ExchangeRefusal.unknownPod) { try await bench.ask() }
    }
  }

  @Test(arguments: ["", "a b", "a\nb", "ü", String(repeating: "a", count: 17_000)]) func noTokens(text: String) {
    #expect(AgentToken(text) == nil)
  }

  @Test(arguments: [0, CredentialExchange.maxImages + 1]) func aRequestForTooLittleOrTooMuch(count: Int) async throws {
    let bench = ExchangeBench()
    try await bench.open {
      let images = (0..<count).map { "registry.example/a:\($0)" }
      await #expect(throws: ExchangeRefusal.malformed) { try await bench.ask(images) }
    }
  }

  @Test func aNodeThatAsksTooOftenWaits() async throws {
    let bench = ExchangeBench(burst: 3)
    try await bench.open {
      for _ in 0..<3 { _ = try await bench.ask() }
      await #expect(throws: ExchangeRefusal.tooMany(retryAfter: .seconds(1))) { try await bench.ask() }
      // The others don't.
      _ = try await bench.ask(token: "token-n2")
      bench.clock.advance(by: .seconds(1))
      _ = try await bench.ask()
      await #expect(throws: ExchangeRefusal.tooMany(retryAfter: .seconds(1))) { try await bench.ask() }
    }
  }

  @Test func anAPIServerThatIsDownIsNoRefusal() async throws {
    let bench = ExchangeBench()
    try await bench.open {
      bench.api.state.withLock { $0.isDown = true }
      await #expect(throws: ExchangeRefusal.unavailable) { try await bench.ask() }
      bench.api.state.withLock { $0.isDown = false }
      _ = try await bench.ask()
    }
  }

  // MARK: Secrets

  enum Fault: String, CaseIterable, Sendable {
    case missing, unreadable, unavailable, otherType, noKey, noJSON, noAuths, badAuth
  }

  @Test(arguments: Fault.allCases) func whatIsWrongWithASecretIsSaid(fault: Fault) async throws {
    let bench = ExchangeBench(secrets: ["team/bad", "team/login"])
    let word = ExchangeBench.word
    var problem = SecretNote.Problem.invalid
    switch fault {
    case .missing: problem = .missing
    case .unreadable:
      problem = .unreadable
      bench.set("team/bad", .failure(ExchangeAPI.error(403, "Forbidden")))
    case .unavailable:
      problem = .unavailable
      bench.set("team/bad", .failure(ExchangeAPI.error(503, "ServiceUnavailable")))
    case .otherType: bench.put("team/bad", ExchangeBench.configuration("registry.example", "u", word), type: "tls")
    case .noKey:
      let metadata = ObjectMeta(name: "bad", namespace: "team")
      bench.set(
        "team/bad",
        .success(
          Secret(metadata: metadata, type: "kubernetes.io/dockerconfigjson", data: ["other": SecretData(word)])))
    case .noJSON: bench.put("team/bad", word)
    case .noAuths: bench.put("team/bad", #"{"registry.example":{"password":"\#(word)"}}"#)
    case .badAuth: bench.put("team/bad", #"{"auths":{"registry.example":{"auth":"\#(word)"}}}"#)
    }
    try await bench.open {
      let credentials = try #require(try await bench.ask().images[ExchangeBench.image])
      #expect(credentials.candidates.map(\.secret) == ["team/login"])
      #expect(credentials.others.map(\.secret) == ["team/bad"])
      #expect(credentials.others.map(\.problem) == [problem])
      #expect((credentials.others.first?.message != nil) == (problem == .invalid))
      #expect(credentials.others.first?.message?.contains(word) != true)
    }
  }

  @Test func theOldKindOfSecretIsRead() async throws {
    let bench = ExchangeBench()
    bench.put("team/login", #"{"registry.example":{"username":"u","password":"p"}}"#, type: "dockercfg")
    try await bench.open {
      let answer = try await bench.ask()
      #expect(answer.images[ExchangeBench.image]?.candidates == [login("team/login", "u", "p")])
    }
  }

  @Test func aStampedeOfNodesIsOneRead() async throws {
    let bench = ExchangeBench()
    let (gate, opener) = AsyncStream<Void>.makeStream()
    for index in 0..<25 {
      bench.review("token-\(index)", ExchangeBench.user("agent-n1", uid: "uid-n1"))
    }
    try await bench.open {
      bench.api.state.withLock { $0.gate = gate }
      let answers = try await withThrowingTaskGroup(of: CredentialAnswer.self) { group in
        for index in 0..<25 {
          group.addTask { try await bench.ask([ExchangeBench.image, ExchangeBench.other], token: "token-\(index)") }
        }
        try await eventually("a read under way") { bench.api.count("get secrets") == 1 ? true : nil }
        opener.finish()
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.count == 25 && Set(answers).count == 1)
      #expect(answers.first?.images.count == 2)
      #expect(bench.api.count("get secrets") == 1)
    }
  }

  @Test func nothingIsRememberedLongerThanTenSeconds() async throws {
    let bench = ExchangeBench()
    try await bench.open {
      _ = try await bench.ask()
      let reviews = bench.api.count("review")
      bench.put("team/login", ExchangeBench.configuration("registry.example", "u", "new"))
      bench.clock.advance(by: .seconds(9))
      var answer = try await bench.ask()
      #expect(answer.images[ExchangeBench.image]?.candidates == [login("team/login", "u", ExchangeBench.word)])
      #expect(bench.api.count("get secrets") == 1 && bench.api.count("review") == reviews)
      bench.clock.advance(by: .seconds(1))
      answer = try await bench.ask()
      #expect(answer.images[ExchangeBench.image]?.candidates == [login("team/login", "u", "new")])
      #expect(bench.api.count("get secrets") == 2 && bench.api.count("review") == reviews + 1)
    }
  }

  /// Also what nobody asks for again.
  @Test func whatWasRememberedIsForgottenByItself() async throws {
    let clock = ManualClock()
    let memory = ShortMemory<String, String>(lifetime: .seconds(10), capacity: 2, clock: clock) { $0 + "!" }
    #expect(await memory.value(for: "early") == nil)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await memory.run() }
      try await eventually("a value") { await memory.value(for: "a") == "a!" ? true : nil }
      #expect(await memory.value(for: "b") == "b!")
      #expect(await memory.value(for: "c") == nil, "there is room for two")
      try await eventually("somebody waits for the end") { clock.sleeperCount == 1 ? true : nil }
      clock.advance(by: .seconds(10))
      try await eventually("nothing is left") { memory.count == 0 && clock.sleeperCount == 0 ? true : nil }
      #expect(await memory.value(for: "c") == "c!")
      group.cancelAll()
    }
    #expect(memory.count == 0)
    #expect(await memory.value(for: "late") == nil)
  }

  @Test func anAskerWhoGoesAwayTakesNobodysAnswerAlong() async throws {
    let bench = ExchangeBench()
    let (gate, opener) = AsyncStream<Void>.makeStream()
    try await bench.open {
      bench.api.state.withLock { $0.gate = gate }
      let first = Task { try await bench.ask() }
      try await eventually("a read under way") { bench.api.count("get secrets") == 1 ? true : nil }
      async let second = bench.ask()
      first.cancel()
      _ = await first.result
      opener.finish()
      #expect(try await second.images.count == 1)
      #expect(bench.api.count("get secrets") == 1)
    }
  }

  // MARK: Silence

  @Test func nothingSecretIsLoggedOrDescribed() async throws {
    let bench = ExchangeBench(secrets: ["team/login", "team/bad"])
    bench.put("team/bad", #"{"auths":{"registry.example":{"auth":"\#(ExchangeBench.word)"}}}"#)
    try await bench.open {
      let answer = try await bench.ask()
      bench.api.state.withLock { $0.isDown = true }
      bench.clock.advance(by: .seconds(10))
      await #expect(throws: ExchangeRefusal.self) { try await bench.ask() }
      var words = "\(answer) \(ExchangeRefusal.unauthenticated) "
      dump(answer, to: &words)
      debugPrint(answer, to: &words)
      dump(AgentToken("token-n1"), to: &words)
      dump(TokenReview(spec: TokenReviewSpec(token: "token-n1")), to: &words)
      debugPrint(TokenReview(spec: TokenReviewSpec(token: "token-n1")), to: &words)
      words += bench.logs.all.joined(separator: "\n")
      #expect(!bench.logs.all.isEmpty)
      for secret in [ExchangeBench.word, "token-n1", Data(ExchangeBench.word.utf8).base64EncodedString()] {
        #expect(!words.contains(secret), "\(words)")
      }
    }
  }
}
