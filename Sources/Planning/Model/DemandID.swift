/// The API object that a demand comes from, and which of its demands it is.
package struct DemandID: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let kind: String
  package let namespace: String?
  package let name: String
  package let uid: String
  /// Counts the demands of an object that has several.
  package let part: Int

  package init(kind: String, namespace: String? = nil, name: String, uid: String, part: Int = 0) {
    self.kind = kind
    self.namespace = namespace
    self.name = name
    self.uid = uid
    self.part = part
  }

  package var description: String {
    "\(kind) " + (namespace.map { "\($0)/" } ?? "") + name + (part == 0 ? "" : "[\(part)]")
  }

  package static func < (left: DemandID, right: DemandID) -> Bool {
    (left.kind, left.namespace ?? "", left.name, left.uid, left.part)
      < (right.kind, right.namespace ?? "", right.name, right.uid, right.part)
  }
}
