import KubernetesClient
import Operator
import Planning
import SwiftletAPI

/// What the image sets of one machine's files want, in the planner's words.
struct LocalDemands: Sendable {
  private let sets: [ImageSet]
  private let now: Timestamp
  private let logins: PullSecret?

  /// - Parameters:
  ///   - now: when this run began: `Always` pulls what is older.
  ///   - logins: stands for the file with logins, where there is one.
  init(_ sets: [ImageSet], now: Timestamp, logins: PullSecret?) {
    self.sets = sets
    self.now = now
    self.logins = logins
  }

  /// - Parameter givenUp: images that are kept if they are there, and not pulled again.
  func demands(givenUp: Set<ImageKey>) -> [(ref: ObjectRef, demands: [Demand])] {
    sets.map { set in
      let set = dated(set)
      var demands: [Demand] = []
      for var demand in ImageSetFrontEnd().demands(of: set, now: Instant(now)).demands {
        demand.pullSecrets = logins.map { [$0] } ?? []
        let lost = demand.images.filter { givenUp.contains($0.key) }
        demand.images.removeAll { givenUp.contains($0.key) }
        if !demand.images.isEmpty { demands.append(demand) }
        guard !lost.isEmpty else { continue }
        // A name of its own: the planner takes the same name for the same object made anew. No ImageSet can have it.
        let id = DemandID(kind: demand.id.kind, name: demand.id.name + "/given-up", uid: demand.id.uid)
        demands.append(
          Demand(
            id: id, images: lost, selector: demand.selector, tolerations: demand.tolerations, budget: demand.budget,
            priority: demand.priority, pin: demand.pin, retention: demand.retention, pullSecrets: demand.pullSecrets,
            paused: true, createdAt: demand.createdAt))
      }
      return (ObjectRef(kind: ImageSetFrontEnd.kind, key: ObjectKey(name: set.key.name)), demands)
    }
  }

  /// The set as if it were made by this run; or, where it has a refresh interval, so that what was last compared
  /// longer ago than that is due.
  private func dated(_ set: ImageSet) -> ImageSet {
    var set = set
    set.metadata.uid = set.key.name
    set.metadata.generation = 1
    set.metadata.deletionTimestamp = nil
    set.metadata.creationTimestamp = now
    if let interval = set.spec.effectiveRefreshInterval {
      set.metadata.creationTimestamp = now + (.microseconds(1) - interval * 2)
    }
    return set
  }
}
