package import KubernetesClient

/// The ConfigMap whose existence stops every pull and every removal in the cluster.
///
/// Only that it exists counts; what it says is for people.
package struct ClusterPause: Codable, Sendable, Hashable {
  /// The name of the ConfigMap, in the controller's namespace.
  package static let name = "swiftlet-pause"
  /// The longest reason and name that are kept, in Unicode scalars.
  package static let maxText = 256

  /// Why, in words; nil where nobody said.
  package var reason: String?
  /// Who did it, in words.
  package var by: String?
  package var since: Timestamp?

  package init(reason: String? = nil, by: String? = nil, since: Timestamp? = nil) {
    self.reason = reason?.bounded(to: Self.maxText)
    self.by = by?.bounded(to: Self.maxText)
    self.since = since
  }

  /// Reads a ConfigMap that somebody may have made by hand.
  package init(_ object: ConfigMap) {
    func text(_ key: String) -> String? { object.data?[key].flatMap { $0.isEmpty ? nil : $0 } }
    self.init(
      reason: text("reason"), by: text("by"),
      since: text("since").flatMap { Timestamp($0) } ?? object.metadata.creationTimestamp)
  }

  /// The values of the ConfigMap's `data`.
  package var data: [String: String] {
    var data: [String: String] = [:]
    data["reason"] = reason
    data["by"] = by
    data["since"] = since.map { "\($0)" }
    return data
  }
}
