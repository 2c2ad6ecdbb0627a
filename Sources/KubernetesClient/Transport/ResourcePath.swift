/// Paths of kinds and objects.
enum ResourcePath {
  /// Where the objects of `type` are.
  ///
  /// - Parameter needsNamespace: whether a kind in namespaces must have one here.
  static func collection(
    _ type: ResourceType, namespace: String?, needsNamespace: Bool = false, operation: String
  ) throws(KubernetesError) -> String {
    let root = type.group.isEmpty ? "/api/\(type.version)" : "/apis/\(type.group)/\(type.version)"
    guard type.isNamespaced else { return "\(root)/\(type.resource)" }
    if let namespace {
      try check(namespace, is: "namespace", operation: operation)
      return "\(root)/namespaces/\(PercentEncoding.encode(namespace))/\(type.resource)"
    }
    guard !needsNamespace else {
      throw KubernetesError(
        cause: .invalidRequest, message: "\(type.kind) lives in namespaces, and none was given", operation: operation)
    }
    return "\(root)/\(type.resource)"
  }

  /// Where one object is.
  static func object(
    _ type: ResourceType, name: String, namespace: String?, subresource: String? = nil, operation: String
  ) throws(KubernetesError) -> String {
    try check(name, is: "name", operation: operation)
    let root = try collection(type, namespace: namespace, needsNamespace: true, operation: operation)
    let path = "\(root)/\(PercentEncoding.encode(name))"
    guard let subresource else { return path }
    try check(subresource, is: "subresource", operation: operation)
    return "\(path)/\(PercentEncoding.encode(subresource))"
  }

  /// An empty name would turn the request for one object into one for all of them.
  private static func check(_ text: String, is what: String, operation: String) throws(KubernetesError) {
    guard text.isEmpty || text == "." || text == ".." || text.contains("/") || text.contains("%") else { return }
    throw KubernetesError(
      cause: .invalidRequest, message: "\"\(text)\" can't be a \(what)", operation: operation)
  }
}
