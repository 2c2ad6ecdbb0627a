package import KubernetesClient
import OCI
package import Planning
package import SwiftletAPI

/// `kubefledged.io/v1alpha2` ImageCache.
///
/// What an object wants follows from its spec and from what its status says was asked for: annotations count once they
/// are noted in the status, so that they survive a restart and are carried out once.
package struct ImageCacheFrontEnd: FrontEnd {
  package static let kind = "ImageCache"
  package static let finalizer: String? = ImageCacheAnnotation.finalizer

  private let rules: ImageCacheRules

  package init(rules: ImageCacheRules = ImageCacheRules()) {
    self.rules = rules
  }

  /// The id of one of an object's demands: there is one for each node selector, and at least one.
  package static func id(of cache: ImageCache, part: Int) -> DemandID {
    DemandID(
      kind: kind, namespace: cache.metadata.namespace, name: cache.metadata.name ?? "", uid: cache.metadata.uid ?? "",
      part: part)
  }

  // MARK: What it wants

  package func revision(of cache: ImageCache) -> String {
    let status = cache.status
    let request = status?.request.map { "\($0.kind.rawValue) \($0.at)" }
    let parts = [
      String(cache.metadata.generation ?? 0), request, status?.refreshedAt?.description,
      status?.purgedGeneration.map(String.init), status?.adoptedAt?.description,
      cache.metadata.annotations?[ImageCacheAnnotation.retention],
      cache.metadata.annotations?[ImageCacheAnnotation.executor], cache.isDeleted ? "deleted" : nil,
      cache.metadata.finalizers?.contains(ImageCacheAnnotation.finalizer) == true ? "held" : nil,
    ]
    return parts.map { $0 ?? "-" }.joined(separator: "|")
  }

  package func demands(of cache: ImageCache, now: Instant) -> MappedDemands {
    var lookAgainAt: Instant?
    let intent: Demand.Intent
    if let deletedAt = cache.metadata.deletionTimestamp {
      // An object that only waits for somebody else's finalizer wants nothing any more.
      guard cache.metadata.finalizers?.contains(ImageCacheAnnotation.finalizer) == true, !cache.retainsImages else {
        return MappedDemands()
      }
      intent = .absent(.ours)
      lookAgainAt = Instant(deletedAt) + ImageCacheRules.removalDeadline
    } else if let request = cache.status?.request, request.kind == .purge {
      intent = .absent(.everything)
      lookAgainAt = Instant(request.at) + ImageCacheRules.removalDeadline
    } else {
      intent = .present
    }
    let problems = Set(cache.spec.problems.map(\.path))
    let freshness = Freshnesses(cache, rules: rules, now: now)
    var groups: [(selector: [String: String], images: [DemandedImage])] = []
    for (index, list) in cache.spec.lists.enumerated() {
      let images = (list.images ?? []).enumerated().compactMap { position, image -> DemandedImage? in
        let path = "spec.cacheSpec[\(index)].images[\(position)]"
        guard !cache.isPurged, !problems.contains(path), let reference = Self.reference(image) else { return nil }
        let own = freshness.of(reference)
        if intent == .present, let next = own.next { lookAgainAt = [lookAgainAt, next].compactMap { $0 }.min() }
        return DemandedImage(
          ResolvedImage(unresolved: reference), freshAfter: own.freshAfter, readyAfter: own.readyAfter)
      }
      let selector = list.nodeSelector ?? [:]
      if let known = groups.firstIndex(where: { $0.selector == selector }) {
        groups[known].images += images
      } else {
        groups.append((selector, images))
      }
    }
    if groups.isEmpty { groups.append(([:], [])) }
    let createdAt = Instant(cache.metadata.creationTimestamp ?? Timestamp(now))
    var secrets = (cache.spec.imagePullSecrets ?? []).compactMap { secret -> PullSecret? in
      // Other names can't be those of a Secret, and must not get into the path of a request.
      guard let name = secret.name, PullSecretReference.isName(name), let namespace = cache.metadata.namespace else {
        return nil
      }
      return PullSecret(namespace: namespace, name: name)
    }
    if let account = rules.serviceAccountName, let namespace = cache.metadata.namespace {
      secrets.append(PullSecret(namespace: namespace, name: account, kind: .serviceAccount))
    }
    let demands = groups.enumerated().map { part, group in
      Demand(
        id: Self.id(of: cache, part: part), intent: intent, images: group.images,
        selector: NodeSelector(labels: group.selector), retention: cache.retainsImages ? .retain : .delete,
        adopt: cache.isTakenOver, pullSecrets: secrets, executor: ExecutorChoice(cache.effectiveExecutor),
        createdAt: createdAt)
    }
    return MappedDemands(demands: demands, lookAgainAt: lookAgainAt)
  }

  static func reference(_ text: String) -> ImageReference? {
    do throws(ImageReferenceError) {
      return try ImageReference(parsing: text)
    } catch {
      // `problems` says what is wrong with it.
      return nil
    }
  }

  // MARK: What is said of it

  package func reporting(
    _ progress: ObjectProgress, on cache: ImageCache, now: Timestamp
  ) -> ImageCache {
    let progress = ImageCacheProgress(cache, progress)
    var desired = cache
    if cache.isDeleted {
      if progress.hasEnded(now: now) {
        desired.metadata.finalizers?.removeAll { $0 == ImageCacheAnnotation.finalizer }
        return desired
      }
    } else {
      let finalizers = cache.metadata.finalizers ?? []
      if finalizers.contains(ImageCacheAnnotation.finalizer) == cache.retainsImages {
        desired.metadata.finalizers =
          cache.retainsImages
          ? finalizers.filter { $0 != ImageCacheAnnotation.finalizer } : finalizers + [ImageCacheAnnotation.finalizer]
        return desired
      }
      // The annotation of what is done goes before the status says so: whoever sets it again after that asks anew.
      if let request = cache.status?.request, progress.hasEnded(now: now),
        cache.metadata.annotations?[request.kind.annotation] != nil
      {
        desired.metadata.annotations?[request.kind.annotation] = nil
        return desired
      }
    }
    guard !progress.statuses.isEmpty else { return cache }
    desired.status = ImageCacheStatusComposer(cache: cache, progress: progress).status(now: now)
    return desired
  }

  package static func conditions(of cache: ImageCache) -> [Condition] { cache.status?.conditions ?? [] }

  /// One for each time that a final status is reached.
  package static func events(from old: ImageCache, to new: ImageCache) -> [StatusEvent] {
    guard let status = new.status, let phase = status.status.flatMap(ImageCachePhase.init(rawValue:)),
      phase != .processing, phase != .unknown,
      old.status?.status != status.status || old.status?.reason != status.reason
        || old.status?.completionTime != status.completionTime
    else { return [] }
    return [
      StatusEvent(isWarning: phase == .failed, reason: status.reason ?? "Unknown", note: status.message ?? "")
    ]
  }
}

extension ImageCacheRequest.Kind {
  /// The annotation that asks for it.
  var annotation: String {
    switch self {
    case .refresh: ImageCacheAnnotation.refresh
    case .purge: ImageCacheAnnotation.purge
    }
  }
}

extension ImageCache {
  var isDeleted: Bool { metadata.deletionTimestamp != nil }

  /// Whether its images stay when it is deleted, or no longer names them.
  package var retainsImages: Bool { metadata.annotations?[ImageCacheAnnotation.retention] == Retention.retain.rawValue }

  /// Whether its images were purged, and neither the spec nor a refresh has asked for them since.
  package var isPurged: Bool {
    guard !isDeleted, status?.request == nil else { return false }
    return wasPurgedByKubeFledged
      || (status?.purgedGeneration != nil && status?.purgedGeneration == metadata.generation)
  }

  /// Whether a purge was the last that kube-fledged did for it: it brings nothing back either until it is asked to.
  package var wasPurgedByKubeFledged: Bool {
    isFromKubeFledged && status?.reason == ImageCacheReason.purge.rawValue
      && status?.status == ImageCachePhase.succeeded.rawValue
  }

  /// Whether kube-fledged worked on it before.
  var isTakenOver: Bool { status?.adoptedAt != nil || isFromKubeFledged }

  /// Whether Swiftlet sees it for the first time, and kube-fledged has left its status on it.
  package var isFromKubeFledged: Bool {
    guard let status, status.observedGeneration == nil else { return false }
    return !(status.status ?? "").isEmpty
  }
}

/// How new the copies of an ImageCache's images must be.
private struct Freshnesses {
  let rules: ImageCacheRules
  let refreshedAt: Instant?
  let periodic: Freshness?

  init(_ cache: ImageCache, rules: ImageCacheRules, now: Instant) {
    self.rules = rules
    refreshedAt = cache.status?.refreshedAt.map { Instant($0) }
    // What kube-fledged pulled is new enough until the first refresh after it was taken over.
    let base = cache.status?.adoptedAt ?? cache.metadata.creationTimestamp
    guard !cache.isFromKubeFledged, let base else {
      periodic = nil
      return
    }
    periodic = Freshness(
      always: cache.status?.adoptedAt == nil, createdAt: Instant(base), refreshInterval: rules.refreshInterval,
      now: now)
  }

  /// Only of images whose copies the policy calls old at some time: those with the tag `latest`, or all.
  func of(_ image: ImageReference) -> (freshAfter: Instant?, readyAfter: Instant?, next: Instant?) {
    guard rules.follows(image) else { return (nil, nil, nil) }
    return (
      [periodic?.freshAfter, refreshedAt].compactMap { $0 }.max(),
      [periodic?.readyAfter, refreshedAt].compactMap { $0 }.max(), periodic?.nextEpoch
    )
  }
}
