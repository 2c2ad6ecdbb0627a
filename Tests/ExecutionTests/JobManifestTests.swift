import Execution
import KubernetesClient
import SwiftletAPI
import Testing

@Suite struct JobManifestTests {
  private func draft(_ kind: JobKind, _ images: [String]) -> JobDraft {
    let order = JobOrder(kind: kind, node: "n1", nodeUID: "u", items: images.map { JobOrder.Item(image: $0) })
    return JobDraft(
      order: order, namespace: "ns", name: order.name(salt: "0"), secrets: ["login"],
      imageCache: ObjectKey(namespace: "ns", name: "cache"))
  }

  private func settings(_ change: (inout JobSettings) -> Void = { _ in }) -> JobSettings {
    var settings = JobSettings(namespace: "swiftlet-system", starterImage: "starter:1", swiftletImage: "swiftlet:1")
    change(&settings)
    return settings
  }

  @Test func aPullStartsEachImageWithTheStarter() throws {
    let job = try JobManifest(draft(.pull, ["a:1", "b:1"]), settings: settings()).job()
    let spec = try #require(job.spec?.template.spec)
    let containers = try #require(spec["containers"]?.array)
    #expect(containers.map { $0["image"]?.string } == ["a:1", "b:1"])
    #expect(containers.allSatisfy { $0["command"] == ["/.swiftlet-starter/starter"] })
    #expect(containers.allSatisfy { $0["imagePullPolicy"] == "IfNotPresent" })
    #expect(spec["imagePullSecrets"] == [["name": "login"]])
    #expect(spec["automountServiceAccountToken"] == false && spec["restartPolicy"] == "Never")
    #expect(spec["volumes"]?.array?.contains { $0["hostPath"] != nil } == false)
    #expect(job.spec?.backoffLimit == 0)
    #expect(job.metadata.labels?["imagecache"] == "cache" && job.metadata.labels?["app"] == "kubefledged")
    let back = try #require(JobPicture(job, pods: []))
    #expect(back.order == draft(.pull, ["a:1", "b:1"]).order)
  }

  @Test func imagesAreMountedIntoOneContainerOfTheStarter() throws {
    var draft = draft(.pull, ["a:1", "b:1"])
    let apart = draft.order.name(salt: "0")
    draft.order.mountsImages = true
    #expect(draft.order.name(salt: "0") != apart)
    let job = try JobManifest(draft, settings: settings()).job()
    let spec = try #require(job.spec?.template.spec)
    #expect(spec["initContainers"] == nil)
    let container = try #require(spec["containers"]?.array?.first)
    #expect(spec["containers"]?.array?.count == 1)
    #expect(container["image"] == "starter:1" && container["imagePullPolicy"] == "IfNotPresent")
    #expect(container["command"] == nil && container["args"] == nil)
    #expect(container["securityContext"]?["runAsNonRoot"] == true)
    let volumes = try #require(spec["volumes"]?.array)
    #expect(
      volumes.map { $0["image"] } == ["a:1", "b:1"].map { ["reference": .string($0), "pullPolicy": "IfNotPresent"] })
    let mounts = try #require(container["volumeMounts"]?.array)
    #expect(mounts.map { $0["name"] } == volumes.map { $0["name"] })
    #expect(mounts.allSatisfy { $0["readOnly"] == true } && Set(mounts.map { $0["mountPath"] }).count == 2)
    #expect(spec["imagePullSecrets"] == [["name": "login"]])
    #expect(JobPicture(job, pods: [])?.order == draft.order)
  }

  /// What an API server does that doesn't know of such volumes, or has them turned off.
  @Test func volumesThatWereLeftOutAreNoticed() throws {
    var draft = draft(.pull, ["a:1", "b:1"])
    #expect(JobManifest.keepsImageVolumes(try JobManifest(draft, settings: settings()).job()))
    draft.order.mountsImages = true
    var job = try JobManifest(draft, settings: settings()).job()
    #expect(JobManifest.keepsImageVolumes(job))
    let volumes = try #require(job.spec?.template.spec?["volumes"]?.array)
    job.spec?.template.spec?["volumes"] = [volumes[0], ["name": "image-1", "emptyDir": [:]]]
    #expect(!JobManifest.keepsImageVolumes(job))
    job.spec?.template.spec?["volumes"] = nil
    #expect(!JobManifest.keepsImageVolumes(job))
  }

  @Test func optionsGetWhereTheyBelong() throws {
    let settings = settings {
      $0.priorityClassName = "low"
      $0.serviceAccountName = "puller"
      $0.podLabels = ["team": "x", "app.kubernetes.io/name": "not-mine"]
      $0.podAnnotations = ["sidecar": "no"]
      $0.hostNetwork = true
      $0.tolerations = [Toleration(key: "gpu", operator: "Exists", effect: "NoSchedule")]
      $0.socketPath = "/run/k3s/containerd/containerd.sock"
    }
    let job = try JobManifest(draft(.remove, ["a:1"]), settings: settings).job()
    let spec = try #require(job.spec?.template.spec)
    #expect(spec["priorityClassName"] == "low" && spec["serviceAccountName"] == "puller")
    #expect(spec["hostNetwork"] == true)
    #expect(spec["tolerations"] == [["key": "gpu", "operator": "Exists", "effect": "NoSchedule"]])
    // What Swiftlet finds its own pods by can't be overwritten.
    #expect(job.spec?.template.metadata?.labels?["app.kubernetes.io/name"] == "swiftlet")
    #expect(job.spec?.template.metadata?.labels?["team"] == "x")
    #expect(job.spec?.template.metadata?.annotations?["sidecar"] == "no")
    #expect(spec["volumes"]?.array?.first?["hostPath"]?["path"] == "/run/k3s/containerd")
  }

  /// Nothing from a user is read by a shell, or taken for a flag.
  @Test func referencesAreArgumentsAfterADoubleDash() throws {
    let job = try JobManifest(draft(.look, ["a:1"]), settings: settings()).job()
    let container = try #require(job.spec?.template.spec?["containers"]?.array?.first)
    let arguments = (container["args"]?.array ?? []).compactMap(\.string)
    #expect(container["command"] == nil && arguments.suffix(2) == ["--", "a:1"])
  }

  @Test func theNameFollowsFromTheWork() {
    let order = draft(.pull, ["a:1", "b:1"]).order
    #expect(order.name(salt: "0") == order.name(salt: "0"))
    var other = order
    other.items[0].attempts = 1
    #expect(other.name(salt: "0") != order.name(salt: "0") && order.name(salt: "1") != order.name(salt: "0"))
    #expect(order.name(salt: "0").utf8.count <= 63)
    // Containers are known again by the names of their pod and themselves.
    #expect(order.name(salt: "0").hasPrefix("swiftlet-pull-") && JobManifest.container(7) == "image-7")
  }

  @Test func aFullReportFits() throws {
    let digest = String(repeating: "f", count: 64)
    let present = Dictionary(uniqueKeysWithValues: (0..<JobReport.maxItems).map { ($0, digest) })
    let text = try JobReport(present: present).text
    #expect(text.utf8.count <= 4096)
    #expect(JobReport(text: text)?.present == present)
  }
}
