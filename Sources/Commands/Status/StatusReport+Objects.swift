import KubernetesClient
package import SwiftletAPI

extension StatusReport {
  /// - Parameters:
  ///   - pause: that of the cluster, where there is one and it may be read.
  ///   - names: the sets to report; all of them where empty.
  ///   - inventories: nil where they may not be read.
  ///   - withNodes: whether the report names nodes.
  ///   - normalize: the normalised form of a reference that a user wrote; nil where it is none.
  package init(
    sets: [ImageSet], inventories: [NodeInventory]?, pause: ClusterPause? = nil, names: [String] = [], withNodes: Bool,
    normalize: (String) -> String?
  ) {
    let nodes = inventories?.map { NodeReport($0) }.sorted { $0.name < $1.name }
    var pulls: [String: [NodeReport.Pull]] = [:]
    for node in nodes ?? [] {
      for pull in node.pulling { pulls[pull.image, default: []].append(pull) }
    }
    let wanted = Set(names)
    let reports = sets.filter { wanted.isEmpty || wanted.contains($0.metadata.name ?? "") }.map { set in
      let images = Set(set.spec.images.compactMap { normalize($0.image) })
      return SetReport(set, pulls: images.sorted().flatMap { pulls[$0] ?? [] })
    }
    let missing = wanted.subtracting(reports.map(\.name)).sorted()
    self.init(
      sets: reports.sorted { $0.name < $1.name }, nodes: withNodes ? nodes : nil,
      missing: missing.isEmpty ? nil : missing,
      pause: pause ?? ((nodes ?? []).contains { $0.paused == true } ? ClusterPause() : nil))
  }

  /// Whether every set that was asked for exists and is ready; false where there is no set at all.
  package var isReady: Bool { !sets.isEmpty && missing == nil && sets.allSatisfy(\.ready) }
}
