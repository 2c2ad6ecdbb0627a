/// A list as the server sends it. An item that can't be decoded is kept as such, so that the error can name it.
struct ListEnvelope<R: KubernetesResource>: Decodable, Sendable {
  struct Metadata: Decodable, Sendable {
    var resourceVersion: String?
    var `continue`: String?
  }

  var metadata: Metadata?
  var items: [ObjectEnvelope<R>]?

  /// The page, if all of its items could be decoded.
  func page(operation: String) throws(KubernetesError) -> ListPage<R> {
    var decoded: [R] = []
    decoded.reserveCapacity(items?.count ?? 0)
    for item in items ?? [] {
      decoded.append(try item.object(operation: operation))
    }
    let token = metadata?.continue ?? ""
    return ListPage(
      items: decoded, resourceVersion: metadata?.resourceVersion ?? "", continueToken: token.isEmpty ? nil : token)
  }
}
