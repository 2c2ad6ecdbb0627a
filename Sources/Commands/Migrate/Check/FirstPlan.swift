import KubernetesClient
import OCI
package import Operator
package import Planning
import SwiftletAPI

/// What Swiftlet would do first for the ImageCaches there are: made by the same rules and the same planner.
package struct FirstPlan: Codable, Sendable, Hashable {
  /// One image on the nodes that it is for.
  package struct Image: Codable, Sendable, Hashable {
    package var image: String
    package var nodes: Int
    /// On so many nodes it is, by what is known of them.
    package var present = 0
    /// On so many it isn't.
    package var missing = 0
    /// Of so many that isn't known.
    package var unknown = 0
    /// The first nodes that lack it, or may.
    package var examples: [String] = []
  }

  package struct Node: Codable, Sendable, Hashable {
    package var node: String
    package var reason: String
  }

  package static let maxImages = 200
  package static let maxNodes = 20
  package static let maxExamples = 3

  /// How many nodes the cluster has.
  package var nodes = 0
  /// On how many of them something is wanted.
  package var planned = 0
  package var pairs = 0
  package var present = 0
  package var missing = 0
  package var unknown = 0
  /// Always 0 at first: removals come from purges, deletions and edits.
  package var removals = 0
  /// Those with the most to pull first.
  package var images: [Image] = []
  package var moreImages = 0
  /// Nodes that are wanted and can't be worked on now.
  package var unreachable: [Node] = []
  package var moreUnreachable = 0
  /// On so many nodes the kubelet's list of images is full, and others may be there too.
  package var fullLists = 0
  /// On so many nodes a Swiftlet's own inventory says what is there.
  package var inventories = 0
  /// What each ImageCache wants, by namespace and name.
  package private(set) var byCache: [String: CacheNodes] = [:]

  package struct CacheNodes: Codable, Sendable, Hashable {
    package var nodes = 0
    package var pairs = 0
  }

  private enum CodingKeys: String, CodingKey {
    case nodes, planned, pairs, present, missing, unknown, removals, images, moreImages, unreachable, moreUnreachable,
      fullLists, inventories
  }

  /// - Returns: nil where the nodes aren't known.
  package init?(_ survey: Survey, rules: ImageCacheRules = ImageCacheRules(), now: Instant) {
    guard let surveyed = survey.nodes else { return nil }
    let frontEnd = ImageCacheFrontEnd(rules: rules)
    var planner = ClusterPlanner(kinds: [ImageCacheFrontEnd.kind])
    var ids: [String: [DemandID]] = [:]
    for node in surveyed { planner.upsert(NodeFacts(node.node, hasAgent: !node.isVirtual)) }
    for cache in survey.caches.compactMap(\.cache) {
      for demand in frontEnd.demands(of: cache, now: now).demands {
        planner.upsert(demand)
        ids[cache.key.description, default: []].append(demand.id)
      }
    }
    planner.markKnown(ImageCacheFrontEnd.kind)
    planner.begin(now: now)
    _ = planner.takeDirty(now: now)
    nodes = surveyed.count
    var found: [String: Image] = [:]
    let reports = Dictionary((survey.inventories ?? []).map { ($0.key.name, $0) }) { first, _ in first }
    for node in surveyed.sorted(by: { $0.key < $1.key }) {
      let spec = planner.plan(node.key.name, now: now).spec
      guard let spec, !spec.images.isEmpty || !spec.removals.isEmpty else { continue }
      planned += 1
      removals += spec.removals.count
      let view = NodeView(node, inventory: reports[node.key.name])
      if view.isInventory { inventories += 1 } else if node.mayHaveMore { fullLists += 1 }
      for key in spec.images.keys {
        found[key.normalized, default: Image(image: key.normalized, nodes: 0)].add(
          view.presence(of: key), node.key.name)
      }
    }
    var reasons: [String: String] = [:]
    for (key, ids) in ids {
      var cache = CacheNodes(nodes: planner.nodes(of: ids).desired)
      for status in ids.compactMap({ planner.status($0) }) {
        cache.pairs += status.pairs.desired
        for node in status.unreachable { reasons[node.name] = node.reason.rawValue }
      }
      byCache[key] = cache
    }
    let all = found.values.sorted { ($1.missing, $1.unknown, $0.image) < ($0.missing, $0.unknown, $1.image) }
    for image in all {
      pairs += image.nodes
      present += image.present
      missing += image.missing
      unknown += image.unknown
    }
    images = Array(all.prefix(Self.maxImages))
    moreImages = all.count - images.count
    let away = reasons.sorted { $0.key < $1.key }
    unreachable = away.prefix(Self.maxNodes).map { Node(node: $0.key, reason: $0.value) }
    moreUnreachable = away.count - unreachable.count
  }
}

/// What is known of the images of a node: of Swiftlet's own inventory, where there is one, or else of the kubelet's list.
private struct NodeView {
  enum Presence {
    case present
    case missing
    case unknown
  }

  let isInventory: Bool
  private let entries: [String: Bool]
  private let names: Set<String>
  private let mayHaveMore: Bool

  init(_ node: SurveyedNode, inventory: NodeInventory?) {
    entries = (inventory?.status?.images ?? [:]).mapValues { $0.state == .present }
    isInventory = !entries.isEmpty
    // Whole names: a part of a name says nothing.
    names = Set(
      node.images.joined().compactMap { name in
        do throws(ImageReferenceError) {
          return try ImageReference(parsing: name).normalized
        } catch {
          return nil
        }
      })
    mayHaveMore = node.mayHaveMore
  }

  func presence(of key: ImageKey) -> Presence {
    if let isPresent = entries[key.normalized] { return isPresent ? .present : .missing }
    if names.contains(key.normalized) { return .present }
    return mayHaveMore ? .unknown : .missing
  }
}

extension FirstPlan.Image {
  fileprivate mutating func add(_ presence: NodeView.Presence, _ node: String) {
    nodes += 1
    switch presence {
    case .present: present += 1
    case .missing: missing += 1
    case .unknown: unknown += 1
    }
    if presence != .present, examples.count < FirstPlan.maxExamples { examples.append(node) }
  }
}

extension SurveyedNode {
  /// Agents don't run there.
  var isVirtual: Bool { node.metadata.labels?["type"] == "virtual-kubelet" }
}
