import KubernetesRuntime
import TestSupport
import Testing

struct WorkQueueStateTests {
  @Test func aKeyWaitsOnce() {
    var state = WorkQueueState<String>()
    let answers = [state.add("a"), state.add("b"), state.add("a")]
    #expect(answers == [true, true, false])
    let taken = [state.take(), state.take(), state.take()]
    #expect(taken == ["a", "b", nil])
  }

  @Test func aKeyAddedWhileWorkedOnComesOnceMore() {
    var state = WorkQueueState<String>()
    _ = state.add("a")
    let first = state.take()
    let answers = [state.add("a"), state.add("a")]
    let during = state.take()
    state.done("a")
    let after = [state.take(), state.take()]
    #expect(first == "a")
    #expect(answers == [true, false])
    #expect(during == nil)
    #expect(after == ["a", nil])
  }

  @Test func theEarliestDeadlineCounts() {
    var state = WorkQueueState<String>()
    let answers = [
      state.add("a", at: .seconds(10)), state.add("a", at: .seconds(20)), state.add("a", at: .seconds(5)),
      state.add("b", at: .seconds(7)),
    ]
    #expect(answers == [true, false, true, true])
    #expect(state.delayedCount == 2)
    let due = [state.nextDue]
    let promoted = [state.promote(now: .seconds(4)), state.promote(now: .seconds(6)), state.promote(now: .seconds(30))]
    #expect(due == [.seconds(5)])
    #expect(promoted == [0, 1, 1])
    let taken = [state.take(), state.take(), state.take()]
    #expect(taken == ["a", "b", nil])
    let last = state.nextDue
    #expect(last == nil)
  }

  @Test func shutDownDropsWhatWaits() {
    var state = WorkQueueState<String>()
    _ = state.add("a")
    _ = state.add("b", at: .seconds(1))
    state.shutDown()
    let answers = [state.add("c"), state.add("c", at: .zero)]
    let taken = state.take()
    #expect(answers == [false, false])
    #expect(taken == nil)
    #expect(state.delayedCount == 0)
  }

  /// Each add is followed by a take of its key, no key is with two workers, and delayed keys come when they are due.
  @Test func noKeyIsLostOrWithTwoWorkers() {
    for seed in seeds("work queue history", count: 50) {
      var generator = SeededGenerator(seed: seed)
      var state = WorkQueueState<Int>()
      var now = Duration.zero
      var owed: Set<Int> = []
      var due: [Int: Duration] = [:]
      var working: Set<Int> = []
      for _ in 0..<500 {
        let key = Int.random(in: 0..<8, using: &generator)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<3:
          _ = state.add(key)
          owed.insert(key)
        case 3..<5:
          let at = now + .seconds(Int.random(in: 0..<20, using: &generator))
          _ = state.add(key, at: at)
          due[key] = min(due[key] ?? at, at)
        case 5..<6:
          now += .seconds(Int.random(in: 0..<5, using: &generator))
          _ = state.promote(now: now)
          for (key, at) in due where at <= now {
            owed.insert(key)
            due[key] = nil
          }
        case 6..<8:
          if let taken = state.take() {
            #expect(working.insert(taken).inserted, "seed \(seed): \(taken) is with two workers")
            #expect(owed.remove(taken) != nil, "seed \(seed): nobody asked for \(taken)")
          } else {
            #expect(owed.subtracting(working).isEmpty, "seed \(seed): not handed out")
          }
        default:
          if let done = working.randomElement(using: &generator) {
            working.remove(done)
            state.done(done)
          }
        }
        let next = state.nextDue
        #expect(next == due.values.min(), "seed \(seed)")
      }
      for key in working { state.done(key) }
      while let taken = state.take() {
        #expect(owed.remove(taken) != nil, "seed \(seed): nobody asked for \(taken)")
        state.done(taken)
      }
      #expect(owed.isEmpty, "seed \(seed): lost \(owed)")
    }
  }
}
