import KubernetesClient
import KubernetesRuntime
import Testing

struct ConditionTests {
  private let start = Timestamp(microseconds: 1_000_000_500_000)
  private let later = Timestamp(microseconds: 1_000_060_500_000)

  @Test func addsWhatIsMissing() throws {
    var conditions: [Condition] = []
    let changed = conditions.set(type: "Ready", status: .no, reason: "Starting", now: start)
    #expect(changed)
    let ready = try #require(conditions.condition("Ready"))
    #expect(ready.lastTransitionTime == start.wholeSeconds)
    #expect(ready.status == .no)
    #expect(!conditions.isTrue("Ready"))
  }

  @Test func timeMovesWithTheStatusOnly() throws {
    var conditions: [Condition] = []
    var changed: Bool
    conditions.set(type: "Ready", status: .no, reason: "Starting", message: "a", observedGeneration: 1, now: start)
    changed = conditions.set(
      type: "Ready", status: .no, reason: "Starting", message: "a", observedGeneration: 1, now: later)
    #expect(!changed)
    changed = conditions.set(
      type: "Ready", status: .no, reason: "Waiting", message: "b", observedGeneration: 2, now: later)
    #expect(changed)
    #expect(conditions.condition("Ready")?.lastTransitionTime == start.wholeSeconds)
    #expect(conditions.condition("Ready")?.message == "b")
    changed = conditions.set(type: "Ready", status: .yes, reason: "Done", now: later)
    #expect(changed)
    #expect(conditions.condition("Ready")?.lastTransitionTime == later.wholeSeconds)
    #expect(conditions.isTrue("Ready"))
    #expect(conditions.count == 1)
  }

  @Test func othersAreLeftAlone() {
    var conditions: [Condition] = []
    var changed: Bool
    conditions.set(type: "A", status: .yes, reason: "X", now: start)
    conditions.set(type: "B", status: .unknown, reason: "Y", now: start)
    let first = conditions[0]
    conditions.set(type: "B", status: .yes, reason: "Y", now: later)
    #expect(conditions[0] == first)
    changed = conditions.remove(type: "A")
    #expect(changed)
    changed = conditions.remove(type: "A")
    #expect(!changed)
    #expect(conditions.map(\.type) == ["B"])
  }
}
