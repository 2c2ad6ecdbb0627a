package import KubernetesClient
import OCI
package import Planning
package import SwiftletAPI

/// `swiftlet.dev/v1` ImageSet.
package struct ImageSetFrontEnd: FrontEnd {
  package static let kind = "ImageSet"

  package init() {}

  package static func id(of set: ImageSet) -> DemandID {
    DemandID(kind: kind, name: set.metadata.name ?? "", uid: set.metadata.uid ?? "")
  }

  package func demands(of set: ImageSet, now: Instant) -> MappedDemands {
    // An object that only waits for somebody's finalizer wants nothing any more.
    guard set.metadata.deletionTimestamp == nil else { return MappedDemands() }
    let spec = set.spec
    let problems = Set(spec.problems.map(\.path))
    let createdAt = Instant(set.metadata.creationTimestamp ?? Timestamp(now))
    func freshness(_ policy: PullPolicy) -> Freshness {
      Freshness(
        always: policy == .always, createdAt: createdAt, refreshInterval: spec.effectiveRefreshInterval, now: now)
    }
    let images = spec.images.enumerated().compactMap { index, image -> DemandedImage? in
      let path = "spec.images[\(index)]"
      guard !problems.contains(path + ".image"), !problems.contains(path + ".platform"),
        let reference = Self.reference(image.image)
      else { return nil }
      return DemandedImage(
        ResolvedImage(unresolved: reference), freshness: freshness(spec.effectivePullPolicy(of: image)),
        platform: image.platform)
    }
    let pullSecrets = (spec.pullSecrets ?? []).enumerated().compactMap { index, secret -> PullSecret? in
      let path = "spec.pullSecrets[\(index)]"
      guard !problems.contains(where: { $0.hasPrefix(path) }) else { return nil }
      return PullSecret(namespace: secret.namespace, name: secret.name)
    }
    let demand = Demand(
      id: Self.id(of: set), images: images, selector: NodeSelector(spec.nodes?.selector),
      tolerations: spec.tolerations.compactMap { TaintToleration($0) }, taintRule: .ignoreOthers,
      budget: spec.effectiveBudget, priority: spec.effectivePriority, pin: spec.effectivePin,
      retention: RetentionRule(spec.effectiveRetention), pullSecrets: pullSecrets,
      executor: ExecutorChoice(spec.effectiveExecutor), paused: spec.isPaused, createdAt: createdAt)
    return MappedDemands(demands: [demand], lookAgainAt: freshness(.ifNotPresent).nextEpoch)
  }

  private static func reference(_ text: String) -> ImageReference? {
    do throws(ImageReferenceError) {
      return try ImageReference(parsing: text)
    } catch {
      // `problems` says what is wrong with it.
      return nil
    }
  }

  package func reporting(
    _ progress: ObjectProgress, on set: ImageSet, now: Timestamp
  ) -> ImageSet {
    guard let status = progress.statuses[Self.id(of: set)] else { return set }
    var set = set
    set.status = ImageSetStatusComposer(set: set, demand: status).status(now: now)
    return set
  }

  package static func conditions(of set: ImageSet) -> [Condition] { set.status?.conditions ?? [] }
}

extension NodeSelector {
  /// A selector with an expression that can't be read picks no node, rather than more than was meant.
  package init(_ selector: LabelSelector?) {
    self.init(
      labels: selector?.matchLabels ?? [:],
      expressions: (selector?.matchExpressions ?? []).map { Expression($0) })
  }
}

extension NodeSelector.Expression {
  package init(_ requirement: LabelSelector.Requirement) {
    let values = Set(requirement.values ?? [])
    switch requirement.operator {
    case "In" where !values.isEmpty: self = .isIn(key: requirement.key, values: values)
    case "NotIn" where !values.isEmpty: self = .notIn(key: requirement.key, values: values)
    case "Exists" where values.isEmpty: self = .exists(key: requirement.key)
    case "DoesNotExist" where values.isEmpty: self = .doesNotExist(key: requirement.key)
    default: self = .never
    }
  }
}

extension TaintToleration {
  /// Nil where the toleration can't be read: it tolerates nothing.
  package init?(_ toleration: Toleration) {
    let key = toleration.key.flatMap { $0.isEmpty ? nil : $0 }
    var effect: NodeTaint.Effect?
    if let text = toleration.effect, !text.isEmpty {
      guard let known = NodeTaint.Effect(rawValue: text) else { return nil }
      effect = known
    }
    switch toleration.operator ?? "Equal" {
    case "Exists":
      guard (toleration.value ?? "").isEmpty else { return nil }
      self.init(key: key, match: .exists, effect: effect)
    case "Equal":
      guard key != nil else { return nil }
      self.init(key: key, match: .equal(toleration.value ?? ""), effect: effect)
    default: return nil
    }
  }
}
