import KubernetesClient
import Operator
import Testing

struct StatusPaceTests {
  private let key = ObjectKey(name: "web")

  private func conditions(ready: Bool, degraded: Bool, reason: String = "R") -> [Condition] {
    [("Ready", ready), ("Degraded", degraded)].map { type, holds in
      Condition(
        type: type, status: holds ? .yes : .no, lastTransitionTime: Samples.start, reason: reason, message: "m")
    }
  }

  @Test func theFirstChangeGoesAtOnceAndOthersWait() {
    var pacer = StatusPacer()
    let state = conditions(ready: false, degraded: false)
    #expect(pacer.delay(key, from: state, to: state, now: .seconds(5)) == nil)
    pacer.wrote(key, now: .seconds(5))
    #expect(pacer.delay(key, from: state, to: state, now: .milliseconds(5300)) == .milliseconds(1700))
    #expect(pacer.delay(key, from: state, to: state, now: .seconds(7)) == nil)
    #expect(pacer.delay(ObjectKey(name: "other"), from: state, to: state, now: .milliseconds(5300)) == nil)
  }

  @Test(arguments: [(true, false), (false, true)])
  func aFlipDoesNotWait(ready: Bool, degraded: Bool) {
    var pacer = StatusPacer()
    pacer.wrote(key, now: .seconds(5))
    let old = conditions(ready: false, degraded: false)
    let new = conditions(ready: ready, degraded: degraded)
    #expect(pacer.delay(key, from: old, to: new, now: .seconds(5)) == nil)
    #expect(pacer.delay(key, from: new, to: new, now: .seconds(5)) == .seconds(2))
  }

  @Test func eventsTellOfTransitionsOnly() {
    let none = conditions(ready: false, degraded: false)
    let ready = conditions(ready: true, degraded: false)
    let degraded = conditions(ready: false, degraded: true, reason: "PullsFailing")
    let other = conditions(ready: false, degraded: true, reason: "InvalidSpec")
    #expect(StatusEvent.events(from: [], to: none).isEmpty)
    #expect(StatusEvent.events(from: none, to: ready).map(\.reason) == ["Ready"])
    #expect(StatusEvent.events(from: ready, to: ready).isEmpty)
    #expect(StatusEvent.events(from: none, to: degraded) == [.init(isWarning: true, reason: "PullsFailing", note: "m")])
    #expect(StatusEvent.events(from: degraded, to: degraded).isEmpty)
    #expect(StatusEvent.events(from: degraded, to: other).map(\.reason) == ["InvalidSpec"])
  }
}
