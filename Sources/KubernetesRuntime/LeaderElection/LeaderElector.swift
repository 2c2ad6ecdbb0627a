#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import CoreMetrics
public import KubernetesClient
public import Logging
public import ServiceLifecycle
import Synchronization

/// Runs a body in one process at a time, among all that compete for the same Lease; as client-go does, and with its
/// candidates.
///
/// Expected flow: each replica runs an elector with an identity of its own. The one that gets the lease runs the body and
/// renews; the others look every now and then, and take over when the lease is released or hasn't been renewed for its
/// duration.
///
/// Guarantees:
/// - No two terms are valid at the same time, whatever the network or the scheduler does, as long as clocks of different
///   machines go equally fast to within a few per cent: wall clocks don't matter, and time during which a process or
///   machine is stopped counts. This rests on the lease not being deleted, and on identities being unique.
/// - The body is cancelled when leadership is lost and on graceful shutdown, and it is over before this elector tries
///   again or releases the lease. On graceful shutdown the lease is renewed until then.
/// - A body that returns or throws by itself ends the service: the lease is released, and `run` returns or throws.
///
/// What it can't do: a body that ignores cancellation goes on running after the term is over, while another process
/// leads. Its writes are stopped by ``LeadershipTerm/isValid`` only where it looks. `run` doesn't return then, the status
/// stays `ending`, and a critical message is logged every 10 s: the process should exit, for which a liveness probe that
/// looks at the status is enough. When the task of `run` is cancelled (rather than shut down gracefully), the lease isn't
/// released and others wait until it has run out.
public final class LeaderElector: Sendable, Service {
  let client: KubernetesClient
  let name: String
  let namespace: String
  let identity: String
  let timing: LeaderTiming
  let logger: Logger
  let time: TimeSource
  let wallTime: @Sendable () -> Timestamp
  let annotations: @Sendable () -> [String: String?]
  let body: @Sendable (LeadershipTerm) async throws -> Void
  let metrics: LeaderElectionMetrics
  private let current: Mutex<LeadershipStatus> = Mutex(.candidate(holder: nil))

  /// - Parameters:
  ///   - client: what reads and writes the lease.
  ///   - name: the lease's name, also in metrics.
  ///   - namespace: the lease's namespace. Needs the verbs get, create and patch on leases there.
  ///   - identity: what this process is called in the lease; no two processes may have the same, so add something random
  ///     to the pod's name.
  ///   - timing: how long a lease counts, and how often it is renewed.
  ///   - logger: hears of every change of leadership.
  ///   - clock: must go on while the machine sleeps.
  ///   - wallTime: the time of day, for the times that are written into the lease.
  ///   - annotations: what every write of this candidate puts on the lease, for others to read; nil takes an annotation
  ///     away. Must return at once. Name what an earlier leader may have left, too, or it stays.
  ///   - body: what the leader does, until it is cancelled.
  public init(
    client: KubernetesClient, name: String, namespace: String, identity: String, timing: LeaderTiming = .standard,
    logger: Logger, clock: any Clock<Duration> = ContinuousClock(),
    wallTime: (@Sendable () -> Timestamp)? = nil,
    annotations: @escaping @Sendable () -> [String: String?] = { [:] },
    onLead body: @escaping @Sendable (LeadershipTerm) async throws -> Void
  ) {
    self.client = client
    self.name = name
    self.namespace = namespace
    self.identity = identity
    self.timing = timing
    self.annotations = annotations
    self.body = body
    self.wallTime = wallTime ?? { Timestamp(Date()) }
    time = TimeSource(clock)
    metrics = LeaderElectionMetrics(name: name)
    var logger = logger
    logger[metadataKey: "lease"] = "\(namespace)/\(name)"
    logger[metadataKey: "identity"] = "\(identity)"
    self.logger = logger
  }

  /// Where the election stands.
  public var status: LeadershipStatus { current.withLock { $0 } }

  public func run() async throws {
    while true {
      guard let (state, until) = await cancelWhenGracefulShutdown({ await self.acquire() }) else { break }
      let term = LeadershipTerm(until: until, time: time)
      set(.leading)
      let ending = await lead(term, state: state)
      set(.candidate(holder: ending.state.holder))
      switch ending.outcome {
      case nil:
        continue
      case .success:
        await release(ending.state)
        return
      case .failure(let error):
        await release(ending.state)
        guard Task.isShuttingDownGracefully else { throw error }
        logger.debug("the body was cut short by the shutdown", metadata: ["error": "\(error)"])
        return
      }
    }
    try Task.checkCancellation()
  }

  func set(_ status: LeadershipStatus) {
    let old = current.withLock { current in
      defer { current = status }
      return current
    }
    guard old != status else { return }
    metrics.isLeader.record(status == .leading ? 1 : 0)
    switch status {
    case .leading: logger.notice("leading")
    case .ending: logger.notice("leadership ends")
    case .candidate(let holder?) where holder != identity: logger.info("not leading", metadata: ["holder": "\(holder)"])
    case .candidate: break  // a moment before somebody leads, or after this one did
    }
  }
}
