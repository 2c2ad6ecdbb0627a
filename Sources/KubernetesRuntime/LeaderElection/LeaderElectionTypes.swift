package import KubernetesClient

/// What a leader election asks its shell to do next. There is always exactly one request, and its outcome is the next
/// input. A request that isn't answered by its deadline counts as failed.
package enum LeaderElectionRequest: Sendable, Hashable {
  case read(deadline: Duration)
  case create(LeaseSpec, deadline: Duration)
  /// Write only if the lease still has this resourceVersion.
  case update(LeaseSpec, resourceVersion: String, deadline: Duration)
  case wait(until: Duration)
  /// Released, or nothing to release.
  case done
}

/// What became of a request.
package enum LeaderElectionInput: Sendable, Hashable {
  /// Begin as a candidate.
  case started
  /// The lease as read; nil where there is none.
  case read(Lease?)
  /// The lease as written; the request was sent at `sentAt`.
  case written(Lease, sentAt: Duration)
  /// Somebody else wrote meanwhile, or an earlier write of ours got through after all.
  case conflict
  case failed
  case timer
  /// Give the lease back. Whatever was under way may or may not have happened.
  case release
}

/// What a leader election tells its shell.
package enum LeaderElectionEvent: Sendable, Hashable {
  /// This candidate leads until the given time, or longer if it renews.
  case acquired(until: Duration)
  case renewed(until: Duration)
  /// This candidate no longer leads.
  case lost
}

package struct LeaderElectionStep: Sendable, Hashable {
  package var event: LeaderElectionEvent?
  package var request: LeaderElectionRequest
}
