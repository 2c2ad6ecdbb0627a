import Agent
import Foundation
import KubernetesClient
import KubernetesRuntime
import OCI
import Synchronization
import TestSupport
import Testing

@Suite struct CredentialPluginsTests {
  /// Answers by the words of a script, and notes what it was asked.
  private final class Script: PluginProgram {
    typealias Reply = @Sendable (String, ImageReference) async -> Result<String, CredentialPluginFailure>

    let asked: Mutex<[String]> = Mutex([])
    /// At the same time now, and at most.
    let running: Mutex<(now: Int, most: Int)> = Mutex((0, 0))
    private let reply: Reply

    init(_ reply: @escaping Reply) { self.reply = reply }

    func ask(
      _ provider: CredentialProvider, for reference: ImageReference
    ) async throws(CredentialPluginFailure) -> CredentialProviderAnswer {
      asked.withLock { $0.append("\(provider.name) \(reference.name)") }
      running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
      defer { running.withLock { $0.now -= 1 } }
      let text = try await reply(provider.name, reference).get()
      return try CredentialProviderAnswer(Array(text.utf8), apiVersion: provider.apiVersion)
    }
  }

  private static func answer(_ type: String, _ logins: [String: String], lasting duration: String? = nil) -> String {
    let auth = logins.map { #""\#($0.key)":{"username":"\#($0.value)","password":"s3cret"}"# }.joined(separator: ",")
    let cache = duration.map { #""cacheDuration":"\#($0)","# } ?? ""
    return #"{"apiVersion":"credentialprovider.kubelet.k8s.io/v1","kind":"CredentialProviderResponse","#
      + #""cacheKeyType":"\#(type)",\#(cache)"auth":{\#(auth)}}"#
  }

  private static func provider(_ name: String, _ image: String, _ duration: Duration = .seconds(3600))
    -> CredentialProvider
  {
    CredentialProvider(
      name: name, matchImages: [RegistryPattern(matchImage: image)].compactMap { $0 }, defaultCacheDuration: duration,
      apiVersion: "credentialprovider.kubelet.k8s.io/v1")
  }

  private func with(
    _ script: Script, _ providers: [CredentialProvider], clock: ManualClock = ManualClock(),
    _ body: (CredentialPlugins) async throws -> Void
  ) async throws {
    let plugins = CredentialPlugins(.success(providers), program: script, clock: clock)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await plugins.run() }
      try await body(plugins)
      group.cancelAll()
    }
  }

  private func users(_ offer: CredentialOffer) -> [String] {
    offer.candidates.map { candidate in
      if case .password(let name, "s3cret") = candidate.login { name } else { "?" }
    }
  }

  @Test(arguments: [
    ("Image", ["a/one", "a/two", "b/one"]), ("Registry", ["a/one", "b/one"]), ("Global", ["a/one"]),
  ]) func answersHoldForWhatTheySay(type: String, asked: [String]) async throws {
    let script = Script { _, reference in .success(Self.answer(type, [reference.registry: reference.name])) }
    try await with(script, [Self.provider("p", "*.example")]) { plugins in
      for image in ["a.example/one:1", "a.example/one:2", "a.example/two:1", "b.example/one:1", "a.example/one"] {
        _ = await plugins.offer(for: try ImageReference(parsing: image))
      }
    }
    #expect(script.asked.withLock { $0 } == asked.map { "p " + $0.replacing("/", with: ".example/") })
  }

  @Test(
    arguments: [
      (nil, Duration.seconds(60), Duration.seconds(59), true), (nil, .seconds(60), .seconds(60), false),
      ("10s", .seconds(60), .seconds(9), true), ("10s", .seconds(60), .seconds(10), false),
      ("0s", .seconds(60), .zero, false), ("-5s", .seconds(60), .zero, false), (nil, .zero, .zero, false),
      ("10s", .zero, .seconds(9), true),
    ] as [(String?, Duration, Duration, Bool)]) func answersHoldForSoLong(
      said: String?, standard: Duration, later: Duration, holds: Bool
    ) async throws
  {
    let script = Script { _, _ in .success(Self.answer("Image", ["a.example": "u"], lasting: said)) }
    let clock = ManualClock()
    try await with(script, [Self.provider("p", "a.example", standard)], clock: clock) { plugins in
      let image = try ImageReference(parsing: "a.example/one")
      #expect(users(await plugins.offer(for: image)) == ["u"])
      clock.advance(by: later)
      #expect(users(await plugins.offer(for: image)) == ["u"])
    }
    #expect(script.asked.withLock { $0.count } == (holds ? 1 : 2))
  }

  @Test func whatWasRefusedIsAskedForAnew() async throws {
    let script = Script { _, _ in .success(Self.answer("Global", ["a.example": "u"])) }
    try await with(script, [Self.provider("p", "*.example")]) { plugins in
      let image = try ImageReference(parsing: "a.example/one")
      _ = await plugins.offer(for: image)
      plugins.refused(for: try ImageReference(parsing: "elsewhere/one"))
      _ = await plugins.offer(for: image)
      #expect(script.asked.withLock { $0.count } == 1)
      plugins.refused(for: image)
      _ = await plugins.offer(for: image)
      #expect(script.asked.withLock { $0.count } == 2)
    }
  }

  @Test func allThatHandleAnImageAreAskedAndTheClosestLoginComesFirst() async throws {
    let script = Script { name, _ in
      switch name {
      case "wide": .success(Self.answer("Image", ["*.example": "wide"]))
      case "close": .success(Self.answer("Image", ["a.example/team": "close", "b.example": "other"]))
      case "empty": .success(Self.answer("Image", [:]))
      default: .failure(.program(.exited(status: 1)))
      }
    }
    let providers = ["wide", "close", "empty", "broken"].map { Self.provider($0, "a.example") }
    try await with(script, providers + [Self.provider("elsewhere", "c.example")]) { plugins in
      let offer = await plugins.offer(for: try ImageReference(parsing: "a.example/team/app"))
      #expect(Set(users(offer)) == ["wide", "close"])
      #expect(offer.candidates.map(\.origin).contains(.plugin("close")))
      #expect(offer.notes == [.pluginWithoutLogin("empty"), .plugin("broken", .program(.exited(status: 1)))])
      #expect(!plugins.handles(try ImageReference(parsing: "d.example/app")))
    }
    #expect(script.asked.withLock { $0.count } == 4)
  }

  @Test func whoWaitsForOneRegistryIsServedByOneAnswer() async throws {
    let gate = Latch()
    let script = Script { _, reference in
      _ = await gate.wait()
      return .success(Self.answer("Registry", [reference.registry: "u"]))
    }
    try await with(script, [Self.provider("p", "a.example")]) { plugins in
      try await withThrowingTaskGroup(of: [String].self) { group in
        for number in 1...20 {
          group.addTask { users(await plugins.offer(for: try ImageReference(parsing: "a.example/i\(number)"))) }
        }
        try await eventually("one is asked") { script.asked.withLock { $0.count } == 1 ? true : nil }
        gate.open()
        for try await users in group { #expect(users == ["u"]) }
      }
    }
    #expect(script.asked.withLock { $0.count } == 1)
  }

  @Test func onlySoManyRunAtTheSameTime() async throws {
    let gate = Latch()
    let script = Script { _, _ in
      _ = await gate.wait()
      return .success(Self.answer("Image", ["a.example": "u"]))
    }
    let providers = (1...10).map { Self.provider("p\($0)", "a.example") }
    try await with(script, providers) { plugins in
      async let offer = plugins.offer(for: try ImageReference(parsing: "a.example/one"))
      try await eventually("four run") { script.running.withLock { $0.now } == 4 ? true : nil }
      gate.open()
      // The same login from all of them counts once.
      #expect(users(try await offer) == ["u"])
    }
    #expect(script.running.withLock { $0.most } == 4)
    #expect(script.asked.withLock { $0.count } == 10)
  }

  @Test func whoWaitsForAPluginThatHangsNeedNotWaitAgain() async throws {
    let gate = Latch()
    let script = Script { _, _ in
      _ = await gate.wait()
      return .failure(.program(.timedOut(.seconds(60))))
    }
    try await with(script, [Self.provider("p", "a.example")]) { plugins in
      try await withThrowingTaskGroup(of: CredentialOffer.self) { group in
        group.addTask { await plugins.offer(for: try ImageReference(parsing: "a.example/first")) }
        try await eventually("one is asked") { script.asked.withLock { $0.count } == 1 ? true : nil }
        for number in 1...5 {
          group.addTask { await plugins.offer(for: try ImageReference(parsing: "a.example/i\(number)")) }
        }
        try await eventually("the others wait") { plugins.waitingCount == 5 ? true : nil }
        gate.open()
        for try await offer in group { #expect(offer.notes == [.plugin("p", .program(.timedOut(.seconds(60))))]) }
      }
    }
    #expect(script.asked.withLock { $0.count } == 1)
  }

  @Test func aProviderThatWantsATokenIsNotRun() async throws {
    let script = Script { _, _ in .success(Self.answer("Image", ["a.example": "u"])) }
    var provider = Self.provider("p", "a.example")
    provider.needsToken = true
    try await with(script, [provider]) { plugins in
      let offer = await plugins.offer(for: try ImageReference(parsing: "a.example/one"))
      #expect(offer == CredentialOffer(notes: [.plugin("p", .needsToken)]))
    }
    #expect(script.asked.withLock { $0 } == [])
  }

  @Test func aConfigurationThatCannotBeReadIsSaidOfEveryImage() async throws {
    let plugins = CredentialPlugins(CredentialPluginPlace(configuration: "/no/such/file", folder: "/"))
    let image = try ImageReference(parsing: "a.example/one")
    #expect(plugins.handles(image))
    #expect(await plugins.offer(for: image) == CredentialOffer(notes: [.noPlugins("/no/such/file: isn't there")]))
  }

  @Test func nobodyWaitsOnceItIsOver() async throws {
    let script = Script { _, _ in .success(Self.answer("Image", ["a.example": "u"])) }
    let plugins = CredentialPlugins(.success([Self.provider("p", "a.example")]), program: script)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await plugins.run() }
      group.cancelAll()
    }
    let offer = await plugins.offer(for: try ImageReference(parsing: "a.example/one"))
    #expect(offer.notes == [.plugin("p", .shuttingDown)])
  }
}
