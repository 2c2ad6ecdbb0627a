import Planning
import TestSupport
import Testing

@Suite struct PullSecretTests {
  private static func secrets(_ names: String...) -> [PullSecret] {
    names.map { PullSecret(namespace: "team", name: $0) }
  }

  private func bench(_ demands: [Demand], kinds: Set<String> = []) -> Bench {
    var bench = Bench()
    for demand in demands { bench.planner.upsert(demand) }
    bench.begin()
    return bench
  }

  @Test func allOwnersSecretsInTheOrderOfTheirRankEachOnce() {
    let demands = [
      Bench.demand("low", priority: 1) { $0.pullSecrets = Self.secrets("a", "b") },
      Bench.demand("high", priority: 2) { $0.pullSecrets = Self.secrets("b", "c") },
      Bench.demand("none"),
      Bench.demand("paused", priority: 3) {
        $0.pullSecrets = Self.secrets("d")
        $0.paused = true
      },
    ]
    for demands in [demands, demands.reversed()] {
      var bench = bench(demands)
      #expect(bench.planner.pullSecrets(of: "n1", for: [Bench.a]) == [Bench.a: Self.secrets("b", "c", "a", "d")])
      #expect(bench.planner.plan("n1", now: bench.now).spec?.images[Bench.a]?.authenticated == true)
    }
  }

  @Test func aPlanWithoutSecretsAsksForNone() {
    var bench = bench([Bench.demand("p"), Bench.demand("q")])
    #expect(bench.planner.pullSecrets(of: "n1", for: [Bench.a]) == [Bench.a: []])
    #expect(bench.planner.plan("n1", now: bench.now).spec?.images[Bench.a]?.authenticated == false)
  }

  @Test func onlyWhatTheNodesPlanHas() {
    var bench = bench([Bench.demand("p") { $0.pullSecrets = Self.secrets("a") }])
    let stranger = ImageKey(normalized: "docker.io/library/stranger:1")
    #expect(bench.planner.pullSecrets(of: "n1", for: [stranger]) == [:])
    #expect(bench.planner.pullSecrets(of: "n1", for: [stranger, Bench.a])?.keys.sorted() == [Bench.a])
    #expect(bench.planner.pullSecrets(of: "nowhere", for: [Bench.a]) == nil)
  }

  /// Who asks while a kind can't be read must come again, rather than hear that nobody wants the image.
  @Test func whatMayBelongToAnUnknownKindIsNotKnown() {
    var bench = bench([Bench.demand("p") { $0.pullSecrets = Self.secrets("a") }])
    bench.planner.markUnknown("Other")
    let stranger = ImageKey(normalized: "docker.io/library/stranger:1")
    #expect(bench.planner.pullSecrets(of: "n1", for: [stranger]) == nil)
    #expect(bench.planner.pullSecrets(of: "n1", for: [Bench.a]) == [Bench.a: Self.secrets("a")])
    bench.planner.markKnown("Other")
    #expect(bench.planner.pullSecrets(of: "n1", for: [stranger]) == [:])
  }

  @Test(arguments: seeds("pull secrets")) func mergedAsDefined(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let demands = (0..<Int.random(in: 1...6, using: &random)).map { index in
      Bench.demand("d\(index)", priority: Int32.random(in: 0...2, using: &random)) {
        $0.pullSecrets = (0..<Int.random(in: 0...4, using: &random)).map { _ in
          PullSecret(
            namespace: "n\(Int.random(in: 0...1, using: &random))",
            name: ["x", "y", "z"].randomElement(using: &random) ?? "x")
        }
        $0.paused = Bool.random(using: &random)
      }
    }
    var bench = bench(demands.shuffled(using: &random))
    let ranked = demands.sorted { left, right in
      (left.paused ? 1 : 0, -left.priority, left.createdAt, left.id.description)
        < (right.paused ? 1 : 0, -right.priority, right.createdAt, right.id.description)
    }
    var expected: [PullSecret] = []
    for secret in ranked.flatMap(\.pullSecrets) where !expected.contains(secret) { expected.append(secret) }
    #expect(bench.planner.pullSecrets(of: "n1", for: [Bench.a]) == [Bench.a: expected])
    #expect(bench.planner.plan("n1", now: bench.now).spec?.images[Bench.a]?.authenticated == !expected.isEmpty)
  }
}
