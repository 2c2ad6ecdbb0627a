import KubernetesClient
import Operator
import Planning
import SwiftletAPI

/// Objects for tests.
enum Samples {
  /// Of demands that pick different nodes.
  static func progress(_ statuses: [DemandID: DemandStatus]) -> ObjectProgress {
    var nodes = NodeTally()
    for status in statuses.values {
      nodes.desired += status.nodes.desired
      nodes.ready += status.nodes.ready
      nodes.unreachable += status.nodes.unreachable
    }
    return ObjectProgress(revision: "1", statuses: statuses, nodes: nodes)
  }

  static let start = Timestamp(microseconds: 1_767_225_600_000_000)

  static func set(
    _ name: String = "web", images: [String] = ["nginx:1"], generation: Int64 = 1,
    change: (inout ImageSetSpec) -> Void = { _ in }
  ) -> ImageSet {
    var spec = ImageSetSpec(images: images.map { ImageSetImage(image: $0) })
    change(&spec)
    let metadata = ObjectMeta(name: name, uid: "uid-\(name)", generation: generation, creationTimestamp: start)
    return ImageSet(metadata: metadata, spec: spec)
  }

  static func cache(
    _ name: String = "web", namespace: String = "default",
    lists: [ImageCacheList] = [ImageCacheList(images: ["nginx:1"])],
    generation: Int64 = 1, annotations: [String: String]? = nil
  ) -> ImageCache {
    let metadata = ObjectMeta(
      name: name, namespace: namespace, uid: "uid-\(namespace)-\(name)", generation: generation,
      creationTimestamp: start, annotations: annotations)
    return ImageCache(metadata: metadata, spec: ImageCacheSpec(cacheSpec: lists))
  }

  static func node(_ name: String, uid: String? = nil, labels: [String: String] = [:], isReady: Bool = true) -> Node {
    Node(
      metadata: ObjectMeta(
        name: name, uid: uid ?? "node-\(name)", labels: labels.merging(["kubernetes.io/os": "linux"]) { $1 }),
      status: NodeStatus(conditions: [StatusCondition(type: "Ready", status: isReady ? .yes : .no)]))
  }

  static func agent(on node: String, isReady: Bool = true) -> Pod {
    Pod(
      metadata: ObjectMeta(name: "agent-\(node)", namespace: "swiftlet-system"),
      spec: PodSpec(nodeName: node),
      status: PodStatus(
        phase: "Running", conditions: [StatusCondition(type: "Ready", status: isReady ? .yes : .no)]))
  }

  static func definition(_ name: String = "imagesets.swiftlet.dev", isServed: Bool = true) -> CustomResourceDefinition {
    CustomResourceDefinition(
      metadata: ObjectMeta(name: name),
      status: CustomResourceDefinitionStatus(
        conditions: [StatusCondition(type: "Established", status: isServed ? .yes : .no)]))
  }

  static func pod(_ name: String, on node: String, image: String) -> Pod {
    Pod(
      metadata: ObjectMeta(name: name, namespace: "default"),
      spec: PodSpec(nodeName: node, containers: [PodContainer(name: "main", image: image)]))
  }

  static func id(_ set: ImageSet) -> DemandID {
    DemandID(kind: "ImageSet", name: set.metadata.name ?? "", uid: set.metadata.uid ?? "")
  }
}
