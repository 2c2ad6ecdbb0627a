import KubernetesClient
import KubernetesRuntime
import TestSupport

/// Candidates for one lease, with random delays, lost packets, pauses of whole processes, and wall clocks that are
/// hours apart. Time is virtual.
struct ElectionSimulation {
  private enum Step {
    /// A request reaches the server; its answer goes to the candidate unless that has given up waiting.
    case arrive(candidate: Int, request: LeaderElectionRequest, sentAt: Duration, ticket: Int)
    /// Something reaches a candidate, unless it no longer waits for it.
    case deliver(candidate: Int, input: LeaderElectionInput, ticket: Int)
  }

  private struct Candidate {
    var state: LeaderElectionState
    var wallOffset: Duration
    /// The end of its term; nil when its body isn't running.
    var until: Duration?
    /// Which answer it waits for; others come too late.
    var ticket = 0
    var pausedUntil = Duration.zero
  }

  private var generator: SeededGenerator
  private var candidates: [Candidate] = []
  private var queue: [(at: Duration, order: Int, step: Step)] = []
  private var order = 0
  private(set) var now = Duration.zero
  private var lease: Lease?
  private var revision = 0
  private var isCalm = false

  private(set) var problems: [String] = []
  private(set) var acquisitions = 0
  private(set) var losses = 0

  init(seed: UInt64, count: Int, timing: LeaderTiming) {
    generator = SeededGenerator(seed: seed)
    for index in 0..<count {
      candidates.append(
        Candidate(
          state: LeaderElectionState(identity: "c\(index)", timing: timing),
          wallOffset: .seconds(Int.random(in: -7200...7200, using: &generator))))
      feed(index, .started)
    }
  }

  /// The candidates that believe now that they lead.
  var leaders: [Int] {
    candidates.indices.filter { (candidates[$0].until ?? .zero) > now }
  }

  /// Runs for so long; while it is calm, nothing goes wrong.
  mutating func run(for duration: Duration, calm: Bool) {
    isCalm = calm
    let end = now + duration
    while let next = queue.indices.min(by: { (queue[$0].at, queue[$0].order) < (queue[$1].at, queue[$1].order) }),
      queue[next].at <= end
    {
      let (at, _, step) = queue.remove(at: next)
      now = max(now, at)
      perform(step)
    }
    now = end
  }

  private mutating func chance(_ perMille: Int) -> Bool {
    !isCalm && Int.random(in: 0..<1000, using: &generator) < perMille
  }

  private mutating func delay(upTo most: Duration) -> Duration {
    let share = Double.random(in: 0...1, using: &generator)
    return isCalm ? .milliseconds(10) : most * (share * share * share)
  }

  private mutating func schedule(_ at: Duration, _ step: Step) {
    order += 1
    queue.append((at, order, step))
  }

  private mutating func perform(_ step: Step) {
    switch step {
    case .arrive(let index, let request, let sentAt, let ticket):
      let input = answer(request, sentAt: sentAt)
      if chance(50) { return }
      schedule(now + delay(upTo: .seconds(6)), .deliver(candidate: index, input: input, ticket: ticket))
    case .deliver(let index, let input, let ticket):
      guard candidates[index].ticket == ticket else { return }
      if chance(15) {
        // The process is stopped for a while; its clock goes on.
        candidates[index].pausedUntil = now + delay(upTo: .seconds(60))
      }
      if candidates[index].pausedUntil > now {
        schedule(candidates[index].pausedUntil, .deliver(candidate: index, input: input, ticket: ticket))
        return
      }
      if candidates[index].until != nil, chance(10) {
        // A graceful shutdown: the body is over before the lease is given back.
        candidates[index].until = nil
        feed(index, .release)
        return
      }
      feed(index, input)
    }
  }

  private mutating func feed(_ index: Int, _ input: LeaderElectionInput) {
    let wallTime = Timestamp(microseconds: 1_700_000_000_000_000) + now + candidates[index].wallOffset
    let step = candidates[index].state.handle(input, now: now, wallTime: wallTime, using: &generator)
    switch step.event {
    case .acquired(let until):
      acquisitions += 1
      candidates[index].until = until
      check()
    case .renewed(let until):
      if (candidates[index].until ?? .zero) <= now { problems.append("\(now): a term that was over was renewed") }
      candidates[index].until = until
      check()
    case .lost:
      losses += 1
      candidates[index].until = nil
    case nil: break
    }
    send(index, step.request)
  }

  private mutating func check() {
    if leaders.count > 1 { problems.append("\(now): \(leaders) lead at once") }
  }

  private mutating func send(_ index: Int, _ request: LeaderElectionRequest) {
    candidates[index].ticket += 1
    let ticket = candidates[index].ticket
    switch request {
    case .wait(let until):
      schedule(max(until, now) + delay(upTo: .seconds(1)), .deliver(candidate: index, input: .timer, ticket: ticket))
    case .done:
      // The body winds down, or the process starts again.
      schedule(now + delay(upTo: .seconds(5)), .deliver(candidate: index, input: .started, ticket: ticket))
    case .read(let deadline), .create(_, let deadline), .update(_, _, let deadline):
      if !chance(50) {
        schedule(
          now + delay(upTo: .seconds(20)),
          .arrive(candidate: index, request: request, sentAt: now, ticket: ticket))
      }
      schedule(max(deadline, now), .deliver(candidate: index, input: .failed, ticket: ticket))
    }
  }

  /// What the server does with a request, however late it comes.
  private mutating func answer(_ request: LeaderElectionRequest, sentAt: Duration) -> LeaderElectionInput {
    switch request {
    case .read: return .read(lease)
    case .create(let spec, _):
      guard lease == nil else { return .conflict }
      return write(spec, sentAt: sentAt)
    case .update(let spec, let version, _):
      guard lease?.metadata.resourceVersion == version else { return .conflict }
      return write(spec, sentAt: sentAt)
    case .wait, .done: return .failed
    }
  }

  private mutating func write(_ spec: LeaseSpec, sentAt: Duration) -> LeaderElectionInput {
    revision += 1
    let lease = Lease(metadata: ObjectMeta(name: "l", namespace: "n", resourceVersion: "\(revision)"), spec: spec)
    self.lease = lease
    return .written(lease, sentAt: sentAt)
  }
}
