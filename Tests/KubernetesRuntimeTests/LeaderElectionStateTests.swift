import KubernetesClient
import KubernetesRuntime
import TestSupport
import Testing

struct LeaderElectionStateTests {
  private static let wall = Timestamp(microseconds: 1_700_000_000_000_000)
  private static let timing = LeaderTiming(jitter: 0)

  private var state = LeaderElectionState(identity: "me", timing: timing)
  private var generator = SeededGenerator(seed: 1)

  private mutating func handle(_ input: LeaderElectionInput, at now: Duration) -> LeaderElectionStep {
    state.handle(input, now: now, wallTime: Self.wall, using: &generator)
  }

  private func lease(
    _ holder: String?, version: String = "1", renewed: Int64 = 0, transitions: Int32 = 3, seconds: Int32? = 15
  ) -> Lease {
    Lease(
      metadata: ObjectMeta(name: "l", namespace: "n", resourceVersion: version),
      spec: LeaseSpec(
        holderIdentity: holder, leaseDurationSeconds: seconds,
        renewTime: MicroTime(Timestamp(microseconds: renewed)), leaseTransitions: transitions))
  }

  private func written(_ request: LeaderElectionRequest, version: String) -> Lease? {
    switch request {
    case .create(let spec, _), .update(let spec, _, _):
      Lease(metadata: ObjectMeta(name: "l", namespace: "n", resourceVersion: version), spec: spec)
    default: nil
    }
  }

  /// Leads from time 1, with a write that was sent at 0.
  private mutating func lead() throws {
    _ = handle(.started, at: .zero)
    let claim = handle(.read(nil), at: .zero)
    let lease = try #require(written(claim.request, version: "1"))
    let step = handle(.written(lease, sentAt: .zero), at: .seconds(1))
    try #require(step.event == .acquired(until: .seconds(10)))
    #expect(step.request == .wait(until: .seconds(3)))
  }

  @Test mutating func aMissingLeaseIsCreated() throws {
    try lead()
    #expect(state.holder == "me")
  }

  @Test mutating func aHeldLeaseIsTakenOnceItHasNotChangedForItsDuration() throws {
    _ = handle(.started, at: .zero)
    var step = handle(.read(lease("other")), at: .seconds(100))
    #expect(step.request == .wait(until: .seconds(102)))
    _ = handle(.timer, at: .seconds(102))
    step = handle(.read(lease("other", version: "2", renewed: 5)), at: .seconds(110))
    #expect(step.request == .wait(until: .seconds(112)))
    step = handle(.read(lease("other", version: "2", renewed: 5)), at: .milliseconds(124_999))
    #expect(step.request == .wait(until: .milliseconds(126_999)))
    step = handle(.read(lease("other", version: "2", renewed: 5)), at: .seconds(125))
    guard case .update(let spec, "2", _) = step.request else {
      Issue.record("no claim: \(step)")
      return
    }
    #expect(spec.holderIdentity == "me")
    #expect(spec.leaseTransitions == 4)
    #expect(spec.leaseDurationSeconds == 15)
  }

  @Test(arguments: [nil, ""])
  mutating func aReleasedLeaseIsTakenAtOnce(holder: String?) {
    _ = handle(.started, at: .zero)
    let step = handle(.read(lease(holder, version: "7", seconds: 1)), at: .zero)
    guard case .update(let spec, "7", _) = step.request else {
      Issue.record("no claim: \(step)")
      return
    }
    #expect(spec.leaseTransitions == 4)
  }

  @Test mutating func aDeletedLeaseStillBindsThoseWhoHaveSeenIt() {
    _ = handle(.started, at: .zero)
    _ = handle(.read(lease("other")), at: .seconds(1))
    let early = handle(.read(nil), at: .seconds(15))
    let late = handle(.read(nil), at: .seconds(16))
    #expect(early.request == .wait(until: .seconds(17)))
    #expect(written(late.request, version: "1")?.spec?.holderIdentity == "me")
  }

  @Test mutating func aTermIsCountedFromTheSendingOfTheWrite() throws {
    try lead()
    let claim = handle(.timer, at: .seconds(3))
    let lease = try #require(written(claim.request, version: "2"))
    let step = handle(.written(lease, sentAt: .seconds(3)), at: .seconds(8))
    #expect(step.event == .renewed(until: .seconds(13)))
  }

  @Test mutating func leadershipIsLostWhenItCouldNotBeRenewed() throws {
    try lead()
    _ = handle(.timer, at: .seconds(3))
    let retry = handle(.failed, at: .seconds(9))
    #expect(retry.event == nil)
    #expect(retry.request == .wait(until: .seconds(10)))
    let end = handle(.timer, at: .seconds(10))
    #expect(end.event == .lost && end.request == .done)
  }

  @Test mutating func anAnswerAfterTheDeadlineDoesNotBringItBack() throws {
    try lead()
    let claim = handle(.timer, at: .seconds(3))
    let lease = try #require(written(claim.request, version: "2"))
    let step = handle(.written(lease, sentAt: .seconds(3)), at: .seconds(11))
    #expect(step.event == .lost)
  }

  @Test mutating func aLateAnswerToTheFirstClaimIsNoGroundToLead() throws {
    _ = handle(.started, at: .zero)
    let claim = handle(.read(nil), at: .zero)
    let lease = try #require(written(claim.request, version: "1"))
    let step = handle(.written(lease, sentAt: .zero), at: .seconds(10))
    #expect(step.event == nil)
  }

  @Test mutating func aLeaderWhoseLeaseIsTakenStopsAtOnce() throws {
    try lead()
    _ = handle(.timer, at: .seconds(3))
    let look = handle(.conflict, at: .seconds(3))
    #expect(look.request == .read(deadline: .seconds(10)))
    let step = handle(.read(lease("other", version: "9")), at: .seconds(3))
    #expect(step.event == .lost && step.request == .done)
  }

  @Test mutating func aRenewalThatGotThroughUnheardIsNoLoss() throws {
    try lead()
    let claim = handle(.timer, at: .seconds(3))
    let lease = try #require(written(claim.request, version: "2"))
    _ = handle(.failed, at: .seconds(5))
    _ = handle(.timer, at: .seconds(7))
    _ = handle(.conflict, at: .seconds(7))
    let step = handle(.read(lease), at: .seconds(7))
    guard case .update(let spec, "2", _) = step.request else {
      Issue.record("no claim: \(step)")
      return
    }
    #expect(spec.leaseTransitions == lease.spec?.leaseTransitions)
    #expect(spec.acquireTime == lease.spec?.acquireTime)
  }

  @Test mutating func releaseClearsTheHolder() throws {
    try lead()
    let step = handle(.release, at: .seconds(4))
    guard case .update(let spec, "1", _) = step.request else {
      Issue.record("no release: \(step)")
      return
    }
    #expect(spec.holderIdentity == "")
    #expect(spec.leaseDurationSeconds == 1)
    let lease = try #require(written(step.request, version: "2"))
    let end = handle(.written(lease, sentAt: .seconds(4)), at: .seconds(4))
    #expect(end.request == .done)
  }

  @Test mutating func releaseLeavesAnothersLeaseAlone() throws {
    try lead()
    _ = handle(.release, at: .seconds(4))
    _ = handle(.conflict, at: .seconds(4))
    let end = handle(.read(lease("other", version: "5")), at: .seconds(4))
    #expect(end.request == .done)
  }

  @Test func timesAreKeptInOrder() {
    let timing = LeaderTiming(leaseDuration: .seconds(10), renewDeadline: .seconds(30), retryPeriod: .seconds(20))
    #expect(timing.renewDeadline == .seconds(8))
    #expect(timing.retryPeriod < timing.renewDeadline)
  }

  @Test(arguments: [2, 3])
  func neverTwoTermsAtOnce(count: Int) {
    var acquisitions = 0
    var losses = 0
    for seed in seeds("leader election, \(count) candidates", count: 25) {
      var simulation = ElectionSimulation(seed: seed, count: count, timing: .standard)
      simulation.run(for: .seconds(3600), calm: false)
      #expect(simulation.problems == [], "seed \(seed)")
      // Once all is well again somebody leads, and goes on leading.
      simulation.run(for: .seconds(120), calm: true)
      #expect(simulation.leaders.count == 1, "seed \(seed)")
      acquisitions += simulation.acquisitions
      losses += simulation.losses
    }
    // The histories must be worth something.
    #expect(acquisitions > 200 && losses > 80, "\(acquisitions) acquisitions, \(losses) losses")
  }
}
