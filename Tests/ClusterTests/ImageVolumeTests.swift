import Execution
import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// Jobs that pull images as volumes of one container.
@Suite(
  "Image volumes", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)),
  .enabled("needs a controller that uses Jobs on nodes without agents (EXECUTOR=Jobs Scripts/install)") {
    try await Cluster.usesJobs()
  },
  .enabled("needs Kubernetes 1.35 or later, with containerd 2.1 or CRI-O 1.31 or later on every node") {
    try await Cluster.hasImageVolumes()
  },
  .timeLimit(.minutes(5)))
struct ImageVolumeTests {
  let cluster: Cluster

  init() async throws {
    cluster = try Cluster.require()
    try await cluster.reset()
  }

  @Test("one container of the starter's image mounts them all")
  func together() async throws {
    let images = try await cluster.push("volumes", count: 4)
    let nodes = try await cluster.nodes()
    let before = try await cluster.startedContainers()
    try await cluster.applyImageSet("volumes", images: images)
    try await cluster.waitReady("volumes")
    try await cluster.wait(for: images, on: nodes, within: .seconds(1))
    let started = try await cluster.startedContainers().filter { !before.contains($0) }
    #expect(started.count { $0.container == JobManifest.mounter } == nodes.count)
    #expect(started.count { $0.container.hasPrefix("image-") } == 0)
    for node in nodes {
      // The only digest that the kubelet told is the starter's.
      let known = try await cluster.inventory(node).status?.images ?? [:]
      #expect(images.allSatisfy { known[$0]?.origin == .pulled && known[$0]?.attempts == nil })
      #expect(Set(images.compactMap { known[$0]?.digest }).count == images.count { known[$0]?.digest != nil })
    }
    try await cluster.deleteImageSets("volumes")
    try await cluster.wait(for: images, on: nodes, present: false, within: .seconds(150))
  }

  @Test("a missing image is named in the kubelet's words, and the others come")
  func apart() async throws {
    let images = try await cluster.push("volumes-apart", count: 3)
    let missing = ["\(cluster.registry)/nobody/volume-a:1", "\(cluster.registry)/nobody/volume-b:1"]
    let nodes = try await cluster.nodes()
    try await cluster.applyImageSet("volumes-apart", images: [images[0], missing[0], images[1], missing[1], images[2]])
    let status = try await cluster.wait(forSet: "volumes-apart", "two images failed everywhere, the others are there") {
      $0.pairs?.failed == 2 * nodes.count && $0.pairs?.present == 3 * nodes.count
    }
    try await cluster.wait(for: images, on: nodes, within: .seconds(1))
    #expect(status.failures?.first?.reason == "NotFound")
    for node in nodes {
      let known = try await cluster.inventory(node).status?.images ?? [:]
      for name in missing {
        #expect(known[name]?.reason == "NotFound" && known[name]?.message?.contains(name) == true)
      }
      #expect(images.allSatisfy { known[$0]?.state == .present && known[$0]?.attempts == nil })
    }
    try await cluster.deleteImageSets("volumes-apart")
    try await cluster.wait(for: images, on: nodes, present: false, within: .seconds(150))
  }
}

extension Cluster {
  fileprivate static func usesJobs() async throws -> Bool {
    guard let shared else { return false }
    let controller = try await shared.get("deployment", "swiftlet-controller", "-n", SwiftletGroup.systemNamespace)
    let containers = controller["spec"]?["template"]?["spec"]?["containers"]?.array ?? []
    let arguments = containers.flatMap { $0["args"]?.array ?? [] }.compactMap(\.string)
    return arguments.contains("--executor=Jobs")
  }

  fileprivate static func hasImageVolumes() async throws -> Bool {
    guard let shared else { return false }
    let text = try await shared.kubectl("get", "--raw", "/version")
    let server = try JSONDecoder().decode(ServerVersion.self, from: Data(text.utf8))
    let nodes = try await shared.get("nodes")["items"]?.array ?? []
    return try ImageVolumeSupport.isCertain(of: server)
      && nodes.allSatisfy { node in
        let node: Node = try node.decoded()
        return ImageVolumeSupport.isCertain(of: node.status?.nodeInfo)
      }
  }

  fileprivate struct Started: Hashable {
    var pod: String
    var container: String
  }

  /// The containers of Jobs' pods that kubelets started lately, as their events say.
  fileprivate func startedContainers() async throws -> [Started] {
    let events = try await get(
      "events", "-n", SwiftletGroup.systemNamespace, "--field-selector", "reason=Started,involvedObject.kind=Pod")
    return (events["items"]?.array ?? []).compactMap { event in
      let object = event["involvedObject"]
      guard let pod = object?["name"]?.string, let path = object?["fieldPath"]?.string,
        let open = path.firstIndex(of: "{")
      else { return nil }
      return Started(pod: pod, container: String(path[open...].dropFirst().dropLast()))
    }
  }
}
