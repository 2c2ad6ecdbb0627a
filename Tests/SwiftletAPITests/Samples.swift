import KubernetesClient
import SwiftletAPI

/// One object of each kind with every field set.
enum Samples {
  static let time = Timestamp(microseconds: 1_767_323_045_000_000)
  static let fine = Timestamp(microseconds: 1_767_323_045_123_456)

  private static let conditions = [
    Condition(
      type: "Ready", status: .yes, observedGeneration: 3, lastTransitionTime: time, reason: "AllPresent", message: "all"
    )
  ]

  static var imageSet: ImageSet {
    var spec = ImageSetSpec(
      images: [ImageSetImage(image: "nginx:1.27", pullPolicy: .always, platform: "linux/arm64/v8")])
    spec.nodes = ImageSetNodes(
      selector: LabelSelector(
        matchLabels: ["pool": "web"],
        matchExpressions: [LabelSelector.Requirement(key: "gpu", operator: "In", values: ["a100"])]),
      tolerations: [
        Toleration(key: "k", operator: "Equal", value: "v", effect: "NoExecute", tolerationSeconds: 30)
      ])
    spec.pullPolicy = .ifNotPresent
    spec.refreshInterval = "12h"
    spec.pullSecrets = [PullSecretReference(namespace: "team", name: "registry.login")]
    spec.budget = "night"
    spec.priority = 100
    spec.pin = false
    spec.retention = .retain
    spec.executor = .jobs
    spec.paused = true
    var status = ImageSetStatus()
    status.observedGeneration = 3
    status.pairs = PairCounts()
    status.nodes = ReadyCounts(desired: 3, ready: 2, unreachable: 1)
    status.images = ReadyCounts(desired: 1, ready: 0, unreachable: 0)
    status.progress = "2/3"
    status.failures = [
      FailureSummary(reason: "NotFound", count: 1, image: "nginx:1.27", node: "node1", message: "no such manifest")
    ]
    status.conditions = conditions
    return ImageSet(metadata: ObjectMeta(name: "web"), spec: spec, status: status)
  }

  static var imageCache: ImageCache {
    var status = ImageCacheStatus()
    status.status = "Failed"
    status.reason = "ImageCacheCreate"
    status.message = "1 of 2 images are on 2 nodes"
    status.startTime = time
    status.completionTime = time
    status.failures = [
      "nginx:1.27": [ImageCacheFailure(node: "node1", reason: "NotFound", message: "no such manifest")]
    ]
    status.observedGeneration = 3
    status.pairs = PairCounts()
    status.nodes = ReadyCounts(desired: 2, ready: 1, unreachable: 0)
    status.images = ReadyCounts(desired: 1, ready: 0, unreachable: 0)
    status.progress = "1/2"
    status.conditions = conditions
    status.request = ImageCacheRequest(kind: .refresh, at: time)
    status.refreshedAt = time
    status.purgedGeneration = 2
    status.adoptedAt = time
    return ImageCache(
      metadata: ObjectMeta(name: "web", namespace: "team"),
      spec: ImageCacheSpec(
        cacheSpec: [ImageCacheList(images: ["nginx:1.27"], nodeSelector: ["pool": "web"])],
        imagePullSecrets: [LocalSecretReference(name: "login")]),
      status: status)
  }

  static var pullBudget: PullBudget {
    PullBudget(
      metadata: ObjectMeta(name: "night"),
      spec: PullBudgetSpec(
        maxConcurrentNodes: 5, maxConcurrentPulls: 10, maxPullsPerNode: 2, maxPullsPerRegistry: 4,
        minStartInterval: "500ms", backoff: BackoffSpec(initial: "1s", max: "1m")))
  }

  static var nodeInventory: NodeInventory {
    var spec = NodeInventorySpec(nodeUID: "8a7c")
    spec.paused = false
    spec.diskPressure = false
    var planned = PlannedImage()
    planned.freshAfter = fine
    planned.platform = "linux/amd64"
    planned.pin = true
    planned.priority = 1
    planned.budget = "night"
    planned.retention = .delete
    planned.executor = .jobs
    planned.hold = false
    planned.adopt = true
    planned.authenticated = true
    planned.sizeBytes = 70_000_000
    spec.images = ["docker.io/library/nginx:1.27": planned]
    spec.removals = ["docker.io/library/old:1": RemovalPermit(until: time)]
    var grant = Grant(id: "g-1", budget: "night", until: time, pulls: 1)
    grant.registries = ["docker.io": 1]
    grant.pacing = StartPacing(everyMilliseconds: 3000, offsetMilliseconds: 1000)
    grant.backoff = BackoffSpec(initial: "10s", max: "5m")
    grant.executor = .jobs
    spec.grants = [grant]
    var note = JobsImage(state: .failed, attempts: 2, checkedAt: fine)
    note.reason = "NotFound"
    note.message = "no such manifest"
    note.retryAt = fine
    spec.jobs = JobsNote(images: ["docker.io/library/nginx:1.27": note], released: ["g-0"])
    return NodeInventory(metadata: ObjectMeta(name: "node1"), spec: spec, status: status)
  }

  private static var status: NodeInventoryStatus {
    var status = NodeInventoryStatus()
    status.observedGeneration = 1
    status.nodeUID = "8a7c"
    status.agentVersion = "1.0.0"
    status.executor = .jobs
    var runtime = RuntimeStatus()
    runtime.name = "containerd"
    runtime.version = "2.1.0"
    runtime.endpoint = "unix:///run/containerd/containerd.sock"
    runtime.features = ["events", "pins"]
    status.runtime = runtime
    var filesystem = FilesystemStatus()
    filesystem.path = "/var/lib/containerd"
    filesystem.capacityBytes = 1 << 40
    filesystem.availableBytes = 1 << 39
    status.filesystem = filesystem
    var image = NodeImage(state: .failed)
    image.digest = "sha256:" + String(repeating: "a", count: 64)
    image.id = image.digest
    image.sizeBytes = 1 << 30
    image.transferredBytes = 1 << 20
    image.totalBytes = 1 << 30
    image.attempts = 2
    image.reason = "Timeout"
    image.message = "no answer within 30 s"
    image.retryAt = fine
    image.pinned = true
    image.origin = .pulled
    image.retention = .delete
    image.checkedAt = fine
    status.images = ["docker.io/library/nginx:1.27": image]
    status.progress = "0/1"
    status.released = ["g-0"]
    status.conditions = conditions
    return status
  }
}
