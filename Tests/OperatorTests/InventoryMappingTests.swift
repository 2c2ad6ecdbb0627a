import Execution
import KubernetesClient
import Operator
import Planning
import SwiftletAPI
import Testing

struct InventoryMappingTests {
  @Test func aSpecSurvivesTheWayToTheAPIAndBack() {
    let until = Instant(Samples.start + .seconds(120))
    let spec = InventorySpec(
      nodeUID: "u", paused: true,
      images: [
        ImageKey(normalized: "a"): ImagePlan(),
        ImageKey(normalized: "b"): ImagePlan(
          freshAfter: until, platform: "linux/arm64", pin: false, priority: -3, budget: "slow", retention: .retain,
          hold: true),
      ],
      removals: [ImageKey(normalized: "c"): until],
      grants: [
        PullGrant(id: "g1", budget: "default", until: until, pulls: 2),
        PullGrant(
          id: "g2", budget: "slow", until: until, pulls: 1, registries: ["docker.io": 1],
          pacing: GrantPacing(every: .seconds(3), offset: .milliseconds(500)),
          backoff: BackoffLimits(initial: .seconds(1), max: .seconds(90))),
      ])
    #expect(InventorySpec(NodeInventorySpec(spec)) == spec)
  }

  @Test func defaultsAreNotWritten() throws {
    let spec = InventorySpec(nodeUID: "u", images: [ImageKey(normalized: "a"): ImagePlan()])
    #expect(try JSONValue(encoding: NodeInventorySpec(spec)) == ["nodeUID": "u", "images": ["a": [:]]])
  }

  @Test func readsWhatAnAgentReports() {
    var inventory = NodeInventory(
      metadata: ObjectMeta(name: "n", uid: "i", generation: 4), spec: NodeInventorySpec(nodeUID: "u"))
    var status = NodeInventoryStatus()
    var image = NodeImage(state: .failed)
    image.origin = .adopted
    image.retryAt = Samples.start
    image.reason = "NotFound"
    image.attempts = 3
    status.images = ["a": image]
    status.released = ["g"]
    status.observedGeneration = 3
    status.nodeUID = "u"
    status.conditions = [
      Condition(
        type: "RuntimeReady", status: .no, lastTransitionTime: Samples.start, reason: "Down", message: "")
    ]
    inventory.status = status
    let observation = NodeObservation(inventory)
    #expect(observation.generation == 4)
    #expect(observation.observedGeneration == 3)
    #expect(observation.released == ["g"])
    #expect(observation.runtimeReady == false)
    #expect(
      observation.images[ImageKey(normalized: "a")]
        == ObservedImage(
          state: .failed, origin: .adopted, retryAt: Instant(Samples.start), reason: "NotFound", attempts: 3))
  }

  @Test func findsEveryImageThatAPodUses() {
    let pod = Pod(
      metadata: ObjectMeta(name: "p"),
      spec: PodSpec(
        nodeName: "n", containers: [PodContainer(name: "a", image: "nginx")],
        initContainers: [PodContainer(name: "b", image: "busybox:1")],
        ephemeralContainers: [PodContainer(name: "c", image: "debug:2")],
        volumes: [
          PodVolume(name: "d", image: ImageVolumeSource(reference: "models/x:3")), PodVolume(name: "e"),
        ]),
      status: PodStatus(containerStatuses: [ContainerStatus(name: "a", image: "sha256:abc")]))
    let used = PodImages.used(by: [pod, Samples.pod("q", on: "n", image: "Not A Reference")])
    let expected: Set<String> = [
      "docker.io/library/nginx:latest", "docker.io/library/busybox:1", "docker.io/library/debug:2",
      "docker.io/models/x:3",
    ]
    #expect(expected.isSubset(of: Set(used.map(\.normalized))))
  }

  /// What a Job mounts to have it pulled is used by nobody.
  @Test(arguments: ["Running", "Pending", "Succeeded", "Failed"])
  func imagesThatAJobPullsAreNotUsed(phase: String) {
    let pod = Pod(
      metadata: ObjectMeta(name: "p", labels: [JobOrder.kindLabel: JobKind.pull.rawValue]),
      spec: PodSpec(
        nodeName: "n", containers: [PodContainer(name: JobManifest.mounter, image: "starter:1")],
        volumes: [PodVolume(name: JobManifest.volume(0), image: ImageVolumeSource(reference: "r.io/a:1"))]),
      status: PodStatus(phase: phase))
    #expect(PodImages.used(by: [pod]).isEmpty)
  }

  @Test func readsNodes() {
    var node = Samples.node("n", labels: ["pool": "gpu", "kubernetes.io/arch": "arm64"])
    node.spec = NodeSpec(
      unschedulable: true, taints: [Taint(key: "k", value: "v", effect: "NoSchedule"), Taint(key: "x", effect: "Odd")])
    let facts = NodeFacts(node.trimmed, hasAgent: true)
    #expect(facts.ready && facts.unschedulable && facts.hasAgent && !facts.deleting)
    #expect(facts.labels["pool"] == "gpu")
    #expect(facts.os == "linux" && facts.architecture == "arm64")
    #expect(facts.taints == [NodeTaint(key: "k", value: "v", effect: .noSchedule)])
    #expect(!NodeFacts(Node(metadata: ObjectMeta(name: "n")), hasAgent: false).ready)
  }

  @Test(arguments: [
    ("9", "10", true), ("10", "9", false), ("10", "10", false),
  ])
  func comparesVersionsAsNumbers(version: String, known: String, isOlder: Bool) {
    #expect(
      ResourceVersion.isOlder(ObjectMeta(resourceVersion: version), than: ObjectMeta(resourceVersion: known))
        == isOlder)
  }

  @Test func fallsBackOnTheGeneration() {
    let old = ObjectMeta(uid: "u", resourceVersion: "a", generation: 1)
    let new = ObjectMeta(uid: "u", resourceVersion: "b", generation: 2)
    #expect(ResourceVersion.isOlder(old, than: new))
    #expect(!ResourceVersion.isOlder(new, than: old))
    #expect(!ResourceVersion.isOlder(ObjectMeta(uid: "v", resourceVersion: "a", generation: 1), than: new))
  }
}
