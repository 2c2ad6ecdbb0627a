package import KubernetesClient
package import Operator
import SwiftletAPI

/// One ImageCache: what of it is taken over, what changes, and what can't be.
package struct CacheReport: Codable, Sendable, Hashable {
  package enum Takeover: String, Codable, Sendable, Hashable {
    /// kube-fledged worked on it: what of it is on the nodes counts as Swiftlet's.
    case asItIs = "AsItIs"
    /// kube-fledged never did.
    case asNew = "AsNew"
    /// Swiftlet has looked at it.
    case done = "Done"
  }

  package var namespace: String
  package var name: String
  package var lists = 0
  package var images = 0
  /// Nodes that its selectors pick, each once. Nil where nodes aren't known.
  package var nodes: Int?
  /// What was last said of it.
  package var status: String?
  package var reason: String?
  package var since: Timestamp?
  package var takeover = Takeover.asNew
  /// What will be different for it.
  package var changes: [String] = []
  /// What of it can't be used, and why.
  package var leftOut: [String] = []

  /// How many sentences each list holds at most.
  package static let maxWords = 10

  package init(_ surveyed: SurveyedCache, rules: ImageCacheRules, plan: FirstPlan?, now: Timestamp) {
    namespace = surveyed.metadata.namespace ?? ""
    name = surveyed.metadata.name ?? ""
    guard let cache = surveyed.cache else {
      leftOut = ["it can't be read: \(surveyed.problem ?? "")"]
      return
    }
    lists = cache.spec.lists.count
    images = cache.spec.lists.reduce(0) { $0 + ($1.images ?? []).count }
    nodes = plan?.byCache[surveyed.key.description]?.nodes
    status = cache.status?.status.map { $0.bounded(to: 64) }
    reason = cache.status?.reason.map { $0.bounded(to: 64) }
    since = cache.status?.completionTime ?? cache.status?.startTime
    takeover = cache.status?.observedGeneration != nil ? .done : cache.isFromKubeFledged ? .asItIs : .asNew
    explain(cache, now: now)
    leftOut += surveyed.unknownFields.map { "\($0.bounded(to: 128)): there is no such field" }
    leftOut += cache.problems.map { $0.description.bounded(to: 300) }
    changes += cache.spec.warnings.map { $0.description.bounded(to: 300) }
    if plan != nil, images > 0, nodes == 0, !cache.isPurged {
      changes.append("no node has the labels that it asks for: nothing is pulled until one has")
    }
    changes = Self.bounded(changes)
    leftOut = Self.bounded(leftOut)
  }

  private mutating func explain(_ cache: ImageCache, now: Timestamp) {
    if cache.metadata.deletionTimestamp != nil {
      let others = (cache.metadata.finalizers ?? []).joined(separator: ", ")
      changes.append("it is being deleted, and waits for \(others.isEmpty ? "nothing" : others.bounded(to: 128))")
      return
    }
    if takeover == .done { return }
    if takeover == .asNew {
      changes.append(
        "kube-fledged never worked on it: images that are on the nodes already stay there when it is deleted")
    } else if cache.wasPurgedByKubeFledged {
      changes.append("it stays purged: its images come back with an edit, or when a refresh is asked for")
    } else {
      switch cache.status?.status.flatMap(ImageCachePhase.init(rawValue:)) {
      case .processing:
        let age = since.map { " for \(Quantities.age(now - $0))" } ?? ""
        changes.append("kube-fledged has been at it\(age): Swiftlet begins with what its spec says now")
      case .failed, .aborted:
        changes.append("kube-fledged failed: what is missing is pulled, and tried again with growing delays")
      case .succeeded, .nothingDone: break
      case .unknown, nil: changes.append("its status isn't one of kube-fledged's words, and is replaced")
      }
    }
    let failures = cache.status?.failures?.values.reduce(0) { $0 + $1.count } ?? 0
    if failures > ImageCacheStatus.maxFailures {
      changes.append("of its \(failures) failures \(ImageCacheStatus.maxFailures) at most stay named")
    }
  }

  private static func bounded(_ words: [String]) -> [String] {
    guard words.count > maxWords else { return words }
    return words.prefix(maxWords - 1) + ["and \(words.count - maxWords + 1) more"]
  }
}
