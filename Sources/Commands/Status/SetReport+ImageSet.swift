import KubernetesClient
package import SwiftletAPI

extension SetReport {
  /// What the set's own status says.
  ///
  /// - Parameter pulls: the running pulls of the set's images, for a progress that moves between two images.
  package init(_ set: ImageSet, pulls: [NodeReport.Pull] = []) {
    let status = set.status
    let isCurrent = Self.isCurrent(set)
    let ready = status?.conditions?.first { $0.type == "Ready" }
    let degraded = status?.conditions?.first { $0.type == "Degraded" }
    let progressing = status?.conditions?.first { $0.type == "Progressing" }
    let isReady = isCurrent && ready?.status == .yes
    let state: State
    var deciding: Condition?
    if !isCurrent {
      state = .pending
    } else if degraded?.status == .yes {
      (state, deciding) = (.degraded, degraded)
    } else if set.spec.paused == true || progressing?.reason == "Paused" {
      (state, deciding) = (.paused, ready?.status == .yes ? nil : ready)
    } else if isReady {
      (state, deciding) = (.ready, ready)
    } else {
      (state, deciding) = (.progressing, progressing?.status == .yes ? progressing : ready)
    }
    self.init(name: set.metadata.name ?? "", state: state, ready: isReady)
    reason = deciding?.reason
    message = (deciding ?? ready)?.message
    if !isCurrent { message = "the controller hasn't seen the newest change yet" }
    createdAt = set.metadata.creationTimestamp
    pairs = status?.pairs
    nodes = status?.nodes
    images = status?.images
    progress = status?.progress
    failures = status?.failures
    fraction = Self.fraction(pairs: status?.pairs, progress: status?.progress, pulls: pulls)
  }

  private static func isCurrent(_ set: ImageSet) -> Bool {
    guard let observed = set.status?.observedGeneration else { return false }
    return observed >= (set.metadata.generation ?? 0)
  }

  /// Present pairs, and a part of those that are being pulled, of the pairs that can be had now.
  static func fraction(pairs: PairCounts?, progress: String?, pulls: [NodeReport.Pull]) -> Double? {
    let parts = progress?.split(separator: "/").compactMap { Int($0) } ?? []
    let present: Int
    let desired: Int
    if parts.count == 2 {
      (present, desired) = (parts[0], parts[1])
    } else if let pairs {
      (present, desired) = (pairs.present, pairs.desired)
    } else {
      return nil
    }
    guard desired > 0 else { return nil }
    let running = pulls.reduce(0.0) { sum, pull in sum + Double(pull.percent ?? 0) / 100 }
    return min(1, (Double(present) + min(running, Double(pairs?.pulling ?? 0))) / Double(desired))
  }
}
