import ContainerRuntime
package import Execution
package import KubernetesClient
import SwiftletAPI

/// Everything that the agent knows, and what follows from it.
///
/// A pure state machine: `handle` takes what happened and says what to do. It is level-triggered: after every event
/// all that should be done is worked out anew from the plan, from what the runtime listed last and from what
/// runs, so a lost or a repeated event changes nothing in the end.
///
/// Rules that hold whatever happens:
/// - a pull starts only under a live grant of its budget, within its numbers and its pace, and is cancelled when the
///   grant ends without another that has room;
/// - a grant that was given back is never used again;
/// - an image goes only with a permit, if the ledger says that it is Swiftlet's, nothing plans it and no container
///   uses it;
/// - a pin is taken back only if the ledger says that Swiftlet set it;
/// - no failure is tried again at once.
package struct AgentState: Sendable {
  /// A pull that takes longer is given up. The runtime itself ends one without progress much earlier.
  static let longestPull = Duration.seconds(3600)
  /// How many images that wait for a place are noted in the ledger ahead of their pull, so that none waits for the
  /// disk.
  static let lookahead = 4
  /// An image that vanishes within this time after its pull was taken away by something that will do it again.
  static let quickLoss = Duration.seconds(5)
  static let lastingPresence = Duration.seconds(60)
  /// How old the numbers of the file system may get while images are listed anyway.
  static let detailAge = Duration.seconds(5)
  /// How long a plan that is new and empty may be one that isn't filled in yet.
  static let blankPatience = Duration.seconds(300)

  let version: String
  /// What was wrong with the stored ledger, for a condition.
  let ledgerProblem: String?

  package internal(set) var plan: AgentPlan?
  var objectUID: String?
  var blankUntil: Timestamp?
  package internal(set) var grants = GrantBook()
  package internal(set) var records: [String: ImageRecord] = [:]
  package internal(set) var running: [String: RunningPull] = [:]
  var lastPullID = 0
  package internal(set) var observed: ObservedImages?
  package internal(set) var ledger: LedgerBook
  /// Names whose image may have come from a pull of ours that ended without saying so, and the first list that tells.
  var ambiguous: [String: Int]
  /// What Jobs have compared with the registry, and the first list that shows what that brought.
  var compared: [String: Comparison] = [:]
  var schedule = ListSchedule()
  package internal(set) var health: RuntimeHealth
  var filesystem: ImageFilesystem?
  var detailedAt: Timestamp?
  var disk: DiskBook
  package internal(set) var pressure = DiskPressure()
  var pins = PinBook()
  /// Which images are to be pinned; nil when that has to be worked out anew.
  package internal(set) var pinChoice: PinPolicy.Choice?
  var removals = RemovalBook()
  package internal(set) var writer = StatusWriter()
  package internal(set) var isShuttingDown = false

  /// - Parameters:
  ///   - version: the agent's own.
  ///   - ledger: as stored.
  ///   - ledgerProblem: why the stored ledger couldn't be used, if so.
  ///   - limits: how full the image file system may get.
  package init(
    version: String, ledger: Ledger = Ledger(), ledgerProblem: String? = nil, limits: DiskLimits = .standard,
    now: Timestamp
  ) {
    self.version = version
    self.ledger = LedgerBook(ledger)
    self.ledgerProblem = ledgerProblem
    disk = DiskBook(limits: limits)
    health = RuntimeHealth(now: now)
    ambiguous = ledger.images.filter { $0.value.isIntended == true }.mapValues { _ in 0 }
  }

  /// Takes in what happened and says what to do now.
  package mutating func handle(
    _ event: AgentEvent, now: Timestamp, using generator: inout some RandomNumberGenerator
  ) -> AgentTurn {
    var first: [AgentAction] = []
    switch event {
    case .plan(let inventory): take(inventory, now: now)
    case .imagesListed(let sequence, let listing): take(listing, sequence, now: now, using: &generator)
    case .listFailed(_, let error):
      schedule.finish()
      runtimeFailed(error, now: now, using: &generator)
    case .runtimeChanged: schedule.noteChange(now: now)
    case .watchingChanges(let isWatching): schedule.hasEvents = isWatching
    case .pullProgressed(let name, let id, let progress): pullProgressed(name, id, progress, now: now)
    case .pullEnded(let name, let id, let outcome):
      pullEnded(name, id, outcome, now: now, using: &generator)
    case .inspected(let name, let inspection):
      first = inspected(name, inspection, now: now, using: &generator)
    case .inspectionFailed(let name, let error), .removalEnded(let name, let error?):
      removalFailed(name, error, now: now, using: &generator)
    case .removalEnded(let name, nil): removalSucceeded(name, now: now)
    case .pinEnded(let id, let isPinned, let error):
      pinEnded(id, isPinned, error, now: now, using: &generator)
    case .ledgerSaved(let revision, let failure):
      if ledger.failure != failure { writer.touch(now: now) }
      ledger.saved(revision, failure: failure)
    case .statusWritten(let status): writer.written(status, now: now, using: &generator)
    case .statusFailed(let failure): writer.failed(failure, now: now, using: &generator)
    case .statusRead(let inventory):
      if inventory == nil {
        writer.failed(.notFound, now: now, using: &generator)
      } else {
        writer.read(inventory?.status, now: now)
      }
    case .timer: break
    case .shutdown: isShuttingDown = true
    }
    return settle(first, now: now, using: &generator)
  }

  /// Whether the state is known well enough to be published.
  var isKnown: Bool { observed != nil }

  /// Whether pulls and removals may go on at all.
  var mayWork: Bool {
    guard let plan else { return false }
    return !plan.isPaused && !isShuttingDown && health.isUp && !health.isSuspect && observed != nil
  }

  /// The work to do now, in order.
  private mutating func settle(
    _ first: [AgentAction], now: Timestamp, using generator: inout some RandomNumberGenerator
  ) -> AgentTurn {
    var turn = AgentTurn(actions: first)
    if plan != nil, isUnfilled(now: now) { turn.wake(at: blankUntil) }
    settleDisk(&turn, now: now, using: &generator)
    withdrawPulls(&turn, now: now)
    adoptFound(now: now)
    forgetLeftovers(now: now)
    settlePins(&turn, now: now)
    settleRemovals(&turn, now: now)
    startPulls(&turn, now: now, using: &generator)
    if health.postpone(now: now, using: &generator) { writer.touch(now: now) }
    turn.wake(at: health.isUp ? nil : health.graceEnd(now: now) ?? health.retryAt)
    releaseGrants(&turn, now: now)
    prepareForJobs(&turn, now: now)
    withdrawPromises(now: now)
    settleLists(&turn, now: now)
    if let save = ledger.nextSave() {
      turn.actions.append(.saveLedger(save.ledger, revision: save.revision))
    }
    settleStatus(&turn, now: now)
    if isFinished(now: now) { turn.actions.append(.finish) }
    return turn
  }

  private mutating func settleLists(_ turn: inout AgentTurn, now: Timestamp) {
    // While shutting down, only to see what the last pulls brought.
    if isShuttingDown && !isVerifying { return }
    if disk.wantsReading, health.isUp { schedule.request(now: now) }
    guard let due = schedule.dueAt(isWatchful: isWatchingJobs, now: now) else { return }
    guard due <= now else {
      turn.wake(at: due)
      return
    }
    let isDetailed =
      !health.isUp || disk.wantsReading || detailedAt.map { now < $0 || now >= $0 + Self.detailAge } ?? true
    if isDetailed { detailedAt = now }
    turn.actions.append(.listImages(sequence: schedule.start(now: now), isDetailed: isDetailed))
  }

  var isVerifying: Bool { records.values.contains { $0.verification != nil } }

  private func isFinished(now: Timestamp) -> Bool {
    isShuttingDown && running.isEmpty && (!isVerifying || !health.isUp) && pins.isIdle && removals.current == nil
      && ledger.isSettled
      && (writer.isClean || writer.known == .absent || !(isKnown || health.isLongDown(now: now)))
  }

  /// Changes an entry of the ledger, and takes back its promise where it no longer is one.
  mutating func setLedger(_ entry: LedgerEntry?, for name: String) {
    ledger.set(entry, for: name)
    if entry?.isIntended != true {
      ledger.forgetPromise(Self.pullPromise(name))
      ambiguous[name] = nil
    }
  }

  static func pullPromise(_ name: String) -> String { "pull:\(name)" }
  static func pinPromise(_ id: String) -> String { "pin:\(id)" }
}
