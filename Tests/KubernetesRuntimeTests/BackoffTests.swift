import KubernetesRuntime
import TestSupport
import Testing

struct BackoffTests {
  @Test(arguments: [
    (1, Duration.seconds(1)), (2, .seconds(2)), (3, .seconds(4)), (4, .seconds(8)), (5, .seconds(10)),
    (6, .seconds(10)), (100_000, .seconds(10)), (0, .seconds(1)), (-3, .seconds(1)),
  ])
  func growsUpToItsBound(attempt: Int, expected: Duration) {
    let backoff = Backoff(initial: .seconds(1), max: .seconds(10), factor: 2, jitter: 0)
    var generator = SeededGenerator(seed: 1)
    #expect(backoff.delay(attempt: attempt, using: &generator) == expected)
  }

  @Test func jitterShortensByAtMostItsShare() {
    let backoff = Backoff(initial: .seconds(1), max: .seconds(8), factor: 2, jitter: 0.5)
    for seed in seeds("backoff jitter") {
      var generator = SeededGenerator(seed: seed)
      var seen: Set<Duration> = []
      for _ in 0..<50 {
        let delay = backoff.delay(attempt: 3, using: &generator)
        #expect(delay >= .seconds(2) && delay <= .seconds(4), "seed \(seed)")
        seen.insert(delay)
      }
      #expect(seen.count > 10, "seed \(seed): the delays hardly differ")
    }
  }

  @Test func aFactorOfOneStaysTheSame() {
    let backoff = Backoff(initial: .seconds(3), max: .seconds(60), factor: 1, jitter: 0)
    #expect(backoff.delay(attempt: 40) == .seconds(3))
  }
}
