import ContainerRuntime
package import KubernetesClient
import SwiftletAPI

/// The Job object for a draft.
package struct JobManifest {
  /// Which Jobs and pods are Swiftlet's.
  package static let labelSelector = "app.kubernetes.io/name=swiftlet,app.kubernetes.io/component=job"

  private static let starterVolume = "swiftlet-starter"
  private static let starterFolder = "/.swiftlet-starter"
  private static let starter = "/starter"

  private let draft: JobDraft
  private let settings: JobSettings
  private var order: JobOrder { draft.order }

  package init(_ draft: JobDraft, settings: JobSettings) {
    self.draft = draft
    self.settings = settings
  }

  /// - Throws: where the order can't be written as text.
  package func job() throws -> Job {
    var labels = ["app.kubernetes.io/name": "swiftlet", "app.kubernetes.io/component": "job"]
    labels[JobOrder.kindLabel] = order.kind.rawValue
    if let cache = draft.imageCache {
      labels["app"] = "kubefledged"
      labels["kubefledged"] = "kubefledged-image-manager"
      labels["controller"] = "fledged"
      if cache.name.utf8.count <= 63 { labels["imagecache"] = cache.name }
    }
    let annotations = [JobOrder.nodeAnnotation: order.node]
    var metadata = ObjectMeta(name: draft.name, namespace: draft.namespace)
    metadata.labels = labels
    metadata.annotations = annotations.merging([JobOrder.annotation: try order.text]) { $1 }
    let pod = ObjectMeta(
      labels: settings.podLabels.merging(labels) { $1 },
      annotations: settings.podAnnotations.merging(annotations) { $1 })
    var spec = JobSpec(template: PodTemplate(metadata: pod, spec: podSpec))
    spec.backoffLimit = 0
    // A Job that nobody looks after any more, and one that nobody deletes.
    spec.activeDeadlineSeconds = deadline
    spec.ttlSecondsAfterFinished = settings.retention == .retain ? 86_400 : 3600
    return Job(metadata: metadata, spec: spec)
  }

  private var deadline: Int64 {
    let (seconds, _) = settings.pullDeadline.components
    return order.kind == .pull ? max(60, seconds * Int64(order.items.count)) + 60 : 180
  }

  private var podSpec: JSONValue {
    var spec: JSONValue = [
      "restartPolicy": "Never",
      "automountServiceAccountToken": false,
      "enableServiceLinks": false,
      "terminationGracePeriodSeconds": 1,
      // The scheduler decides, but about this node only.
      "affinity": [
        "nodeAffinity": [
          "requiredDuringSchedulingIgnoredDuringExecution": [
            "nodeSelectorTerms": [
              ["matchFields": [["key": "metadata.name", "operator": "In", "values": [.string(order.node)]]]]
            ]
          ]
        ]
      ],
      "tolerations": .array(settings.tolerations.map(Self.json)),
    ]
    if let name = settings.priorityClassName { spec["priorityClassName"] = .string(name) }
    if let name = settings.serviceAccountName { spec["serviceAccountName"] = .string(name) }
    if !draft.secrets.isEmpty { spec["imagePullSecrets"] = .array(draft.secrets.map { ["name": .string($0)] }) }
    switch order.kind {
    case .pull where order.mountsImages == true: addMounts(to: &spec)
    case .pull: addPulls(to: &spec)
    case .look, .remove: addHelpers(to: &spec)
    }
    return spec
  }

  private static func json(_ toleration: Toleration) -> JSONValue {
    var value: JSONValue = .object([:])
    value["key"] = toleration.key.map { .string($0) }
    value["operator"] = toleration.operator.map { .string($0) }
    value["value"] = toleration.value.map { .string($0) }
    value["effect"] = toleration.effect.map { .string($0) }
    value["tolerationSeconds"] = toleration.tolerationSeconds.map { .integer($0) }
    return value
  }

  // MARK: Pulls

  /// The name of the container for an item.
  package static func container(_ index: Int) -> String { "\(JobContainers.containerPrefix)\(index)" }

  /// Any image must start with this, whatever user it names: the program needs nothing.
  private static let security: JSONValue = [
    "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "runAsUser": 65534, "runAsGroup": 65534,
    "runAsNonRoot": true, "capabilities": ["drop": ["ALL"]],
  ]
  private static let resources: JSONValue = ["requests": ["cpu": "1m", "memory": "1Mi"], "limits": ["memory": "64Mi"]]

  private func addPulls(to spec: inout JSONValue) {
    let (security, resources) = (Self.security, Self.resources)
    spec["securityContext"] = ["seccompProfile": ["type": "RuntimeDefault"]]
    spec["volumes"] = [["name": .string(Self.starterVolume), "emptyDir": ["sizeLimit": "1Mi"]]]
    spec["initContainers"] = [
      [
        "name": "starter", "image": .string(settings.starterImage), "imagePullPolicy": "IfNotPresent",
        "args": [.string(Self.starterFolder + Self.starter)], "securityContext": security, "resources": resources,
        "volumeMounts": [["name": .string(Self.starterVolume), "mountPath": .string(Self.starterFolder)]],
      ]
    ]
    let policy: JSONValue = order.isRefresh == true ? "Always" : "IfNotPresent"
    let containers: [JSONValue] = order.items.enumerated().map { index, item in
      [
        "name": .string(Self.container(index)), "image": .string(item.image), "imagePullPolicy": policy,
        "command": [.string(Self.starterFolder + Self.starter)], "args": .array([]), "workingDir": "/",
        "securityContext": security, "resources": resources,
        "volumeMounts": [
          ["name": .string(Self.starterVolume), "mountPath": .string(Self.starterFolder), "readOnly": true]
        ],
      ]
    }
    spec["containers"] = .array(containers)
  }

  // MARK: Pulls by volumes

  /// The name of the one container that mounts images.
  package static let mounter = JobContainers.mounter
  /// The name of the volume for an item.
  package static func volume(_ index: Int) -> String { container(index) }

  /// The kubelet pulls the images of all volumes before it starts the container that mounts them.
  private func addMounts(to spec: inout JSONValue) {
    spec["securityContext"] = ["seccompProfile": ["type": "RuntimeDefault"]]
    spec["volumes"] = .array(
      order.items.enumerated().map { index, item in
        [
          "name": .string(Self.volume(index)),
          "image": [
            "reference": .string(item.image), "pullPolicy": order.isRefresh == true ? "Always" : "IfNotPresent",
          ],
        ]
      })
    spec["containers"] = [
      [
        "name": .string(Self.mounter), "image": .string(settings.starterImage), "imagePullPolicy": "IfNotPresent",
        "securityContext": Self.security, "resources": Self.resources,
        "volumeMounts": .array(
          order.items.indices.map {
            ["name": .string(Self.volume($0)), "mountPath": .string("/images/\($0)"), "readOnly": true]
          }),
      ]
    ]
  }

  /// Whether a Job that was to mount images does, as the API server stored it: one that doesn't know of such volumes, or
  /// may not have them, leaves them out.
  package static func keepsImageVolumes(_ job: Job) -> Bool {
    guard let text = job.metadata.annotations?[JobOrder.annotation], let order = JobOrder(text: text),
      order.mountsImages == true
    else { return true }
    let volumes = job.spec?.template.spec?["volumes"]?.array ?? []
    return order.items.indices.allSatisfy { index in
      volumes.contains { $0["name"]?.string == volume(index) && $0["image"]?["reference"]?.string?.isEmpty == false }
    }
  }

  // MARK: Jobs that speak to the runtime

  /// The name of a container that looks or removes.
  package static func helper(_ index: Int) -> String { "swiftlet-\(index)" }

  /// The items of each container.
  package static func shares(_ count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: JobReport.maxItems).map { $0..<min(count, $0 + JobReport.maxItems) }
  }

  private func addHelpers(to spec: inout JSONValue) {
    spec["hostNetwork"] = settings.hostNetwork ? true : nil
    // As in the agent's manifest: the socket lets only root in, and no capability is needed for that.
    spec["securityContext"] = [
      "runAsUser": 0, "runAsGroup": 0, "seccompProfile": ["type": "RuntimeDefault"],
      "seLinuxOptions": ["type": "spc_t"],
    ]
    let folder = Self.folder(of: settings.socketPath)
    spec["volumes"] = [["name": "run", "hostPath": ["path": .string(folder), "type": "Directory"]]]
    let containers: [JSONValue] = Self.shares(order.items.count).enumerated().map { index, share in
      [
        "name": .string(Self.helper(index)), "image": .string(settings.swiftletImage ?? ""),
        "imagePullPolicy": "IfNotPresent", "args": .array(arguments(share).map { .string($0) }),
        "terminationMessagePath": .string(Self.reportPath), "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": [
          "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": ["drop": ["ALL"]],
        ],
        "resources": ["requests": ["cpu": "10m", "memory": "32Mi"], "limits": ["memory": "256Mi"]],
        "volumeMounts": [["name": "run", "mountPath": .string(folder), "readOnly": true]],
      ]
    }
    spec["containers"] = .array(containers)
  }

  private static let reportPath = "/dev/termination-log"

  /// The folder, since a restart of the runtime replaces the socket.
  static func folder(of socket: String?) -> String {
    guard let socket, let slash = socket.lastIndex(of: "/"), slash != socket.startIndex else { return "/run" }
    return String(socket[..<slash])
  }

  /// No shell reads these; references come last, and none can look like a flag.
  private func arguments(_ share: Range<Int>) -> [String] {
    var arguments = ["node", order.kind.rawValue, "--report", Self.reportPath]
    if let socket = settings.socketPath { arguments += ["--runtime-endpoint", "unix://\(socket)"] }
    if order.kind == .remove, let until = order.until { arguments += ["--until", until.description] }
    for name in order.kept ?? [] { arguments += ["--keep", name] }
    return arguments + ["--"] + order.items[share].map(\.image)
  }
}
