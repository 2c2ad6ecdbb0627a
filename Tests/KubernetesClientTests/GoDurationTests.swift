import KubernetesClient
import TestSupport
import Testing

@Suite struct GoDurationTests {
  @Test(arguments: [
    ("0", Duration.zero), ("0s", .zero), ("1h30m", .seconds(5400)), ("1.5s", .milliseconds(1500)),
    ("500ms", .milliseconds(500)), ("1h", .seconds(3600)), ("24h0m0s", .seconds(86_400)), ("-2m", .seconds(-120)),
    ("+2m", .seconds(120)), (".5h", .seconds(1800)), ("1.m", .seconds(60)), ("1.25m", .seconds(75)),
    ("1us", .microseconds(1)), ("1µs", .microseconds(1)), ("1μs", .microseconds(1)), ("7ns", .nanoseconds(7)),
    ("0.000000001s", .nanoseconds(1)), ("2540400h10m10s", .seconds(2_540_400 * 3600 + 610)),
  ])
  func parses(text: String, expected: Duration) {
    #expect(GoDuration.parse(text) == expected)
  }

  @Test(arguments: [
    "", "s", "1", "1.5", ".", ".s", "1d", "1h 30m", " 1s", "1s ", "--1s", "-", "1e3s", "3000000h",
    "99999999999999999999s",
    "1.5.s", "١s", "1S", "h1",
  ])
  func refuses(text: String) {
    #expect(GoDuration.parse(text) == nil)
  }

  @Test func refusesNegativesWhenAsked() {
    #expect(GoDuration.parse("-1s", allowsNegative: false) == nil)
    #expect(GoDuration.parse("1s", allowsNegative: false) == .seconds(1))
  }

  @Test(arguments: [
    (Duration.zero, "0s"), (.seconds(5400), "1h30m0s"), (.milliseconds(1500), "1.5s"), (.milliseconds(500), "500ms"),
    (.nanoseconds(7), "7ns"), (.microseconds(1), "1µs"), (.nanoseconds(1_100), "1.1µs"), (.seconds(60), "1m0s"),
    (.seconds(-90), "-1m30s"), (.nanoseconds(3_600_000_000_001), "1h0m0.000000001s"),
  ])
  func formats(duration: Duration, expected: String) {
    #expect(GoDuration.format(duration) == expected)
  }

  @Test(arguments: seeds("GoDurationTests.roundTrip"))
  func roundTrip(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let limit = Int64(1) << Int64.random(in: 1...62, using: &generator)
      let duration = Duration.nanoseconds(Int64.random(in: -limit...limit, using: &generator))
      #expect(GoDuration.parse(GoDuration.format(duration)) == duration)
    }
  }
}
