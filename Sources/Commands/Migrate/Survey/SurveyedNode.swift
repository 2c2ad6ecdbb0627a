package import KubernetesClient

/// `v1` Node with the images that its kubelet reports.
package struct SurveyedNode: KubernetesResource, Hashable {
  package static let resourceType = Node.resourceType
  /// How many images a kubelet reports by its default.
  package static let reportedImages = 50

  private struct Reported: Codable {
    struct Status: Codable {
      struct Image: Codable {
        var names: [String]?
      }
      var images: [Image]?
    }
    var status: Status?
  }

  package var metadata: ObjectMeta {
    get { node.metadata }
    set { node.metadata = newValue }
  }
  package var node: Node
  /// The names of the images that the kubelet reports, as it writes them.
  package var images: [[String]]

  package init(node: Node, images: [[String]] = []) {
    self.node = node
    self.images = images
  }

  package init(from decoder: any Decoder) throws {
    node = try Node(from: decoder)
    images = (try Reported(from: decoder).status?.images ?? []).map { $0.names ?? [] }
  }

  package func encode(to encoder: any Encoder) throws { try node.encode(to: encoder) }

  /// Whether the node may have images that aren't reported.
  package var mayHaveMore: Bool { images.count >= Self.reportedImages }
}
