/// One parameter of a query.
struct QueryItem: Sendable, Hashable {
  var name: String
  var value: String

  /// Those of `pairs` that have a value.
  static func items(_ pairs: (String, String?)...) -> [QueryItem] {
    pairs.compactMap { name, value in value.map { QueryItem(name: name, value: $0) } }
  }
}
