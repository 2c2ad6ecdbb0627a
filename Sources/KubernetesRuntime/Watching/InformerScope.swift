/// Which objects an informer follows.
public enum InformerScope: Sendable, Hashable {
  /// All of them, in every namespace; needs the verbs list and watch.
  case cluster
  /// Those of one namespace; needs the verbs list and watch there.
  case namespace(String)
  /// A single object; needs the verbs get and watch, no list.
  case named(String, namespace: String? = nil)

  /// The namespace to ask in; nil for all, or where the kind has none.
  var namespace: String? {
    switch self {
    case .cluster: nil
    case .namespace(let namespace): namespace
    case .named(_, let namespace): namespace
    }
  }

  /// The single object's name; nil where this is a collection.
  var name: String? {
    guard case .named(let name, _) = self else { return nil }
    return name
  }
}
