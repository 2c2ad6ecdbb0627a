/// The API object that a demand comes from.
package struct DemandID: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let kind: String
  package let namespace: String?
  package let name: String
  package let uid: String

  package init(kind: String, namespace: String? = nil, name: String, uid: String) {
    self.kind = kind
    self.namespace = namespace
    self.name = name
    self.uid = uid
  }

  package var description: String {
    "\(kind) " + (namespace.map { "\($0)/" } ?? "") + name
  }

  package static func < (left: DemandID, right: DemandID) -> Bool {
    (left.kind, left.namespace ?? "", left.name, left.uid)
      < (right.kind, right.namespace ?? "", right.name, right.uid)
  }
}
