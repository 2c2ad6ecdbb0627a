extension KubernetesClient {
  /// One object.
  ///
  /// - Parameters:
  ///   - type: its kind.
  ///   - name: its name.
  ///   - namespace: required for kinds that live in namespaces.
  public func get<R: KubernetesResource>(
    _ type: R.Type, name: String, namespace: String? = nil
  ) async throws(KubernetesError) -> R {
    let operation = "get \(R.resourceType.resource)/\(name)"
    let path = try ResourcePath.object(R.resourceType, name: name, namespace: namespace, operation: operation)
    return try await sender.send(APIRequest(.get, path: path, operation: operation), decoding: R.self)
  }

  /// One page of a list, of at most `options.limit` objects.
  ///
  /// - Parameters:
  ///   - type: the kind of the objects.
  ///   - namespace: all namespaces where nil.
  ///   - options: which objects, and which page.
  /// - Throws: an error with `isExpired` when a continue token or a resource version is too old, and one with the cause
  ///   `.decoding` that names the object when one of them can't be decoded.
  public func list<R: KubernetesResource>(
    _ type: R.Type, namespace: String? = nil, options: ListOptions = .init()
  ) async throws(KubernetesError) -> ListPage<R> {
    let operation = "list \(R.resourceType.resource)"
    let path = try ResourcePath.collection(R.resourceType, namespace: namespace, operation: operation)
    var request = APIRequest(.get, path: path, operation: operation)
    request.query = options.query
    return try await sender.send(request, decoding: ListEnvelope<R>.self).page(operation: operation)
  }

  /// All pages of a list, of one consistent state.
  ///
  /// - Parameters:
  ///   - type: the kind of the objects.
  ///   - namespace: all namespaces where nil.
  ///   - options: `limit` is the size of a page, 500 where nil.
  /// - Throws: an error with `isExpired` when the server forgot that state in between: start again.
  public func listAll<R: KubernetesResource>(
    _ type: R.Type, namespace: String? = nil, options: ListOptions = .init()
  ) async throws(KubernetesError) -> ListPage<R> {
    var options = options
    options.limit = options.limit ?? 500
    var all = try await list(type, namespace: namespace, options: options)
    while let token = all.continueToken {
      // The token carries the version; the server refuses both together.
      options.resourceVersion = nil
      options.resourceVersionMatch = nil
      options.continueToken = token
      let page = try await list(type, namespace: namespace, options: options)
      guard page.continueToken != token else {
        throw KubernetesError(
          cause: .decoding, message: "the server gave the same continue token twice",
          operation: "list \(R.resourceType.resource)")
      }
      all.items += page.items
      all.resourceVersion = page.resourceVersion
      all.continueToken = page.continueToken
    }
    return all
  }

  /// Changes as they happen.
  ///
  /// - Parameters:
  ///   - type: the kind of the objects.
  ///   - namespace: all namespaces where nil.
  ///   - options: which objects, and from when on.
  /// - Returns: a stream that ends when the server's time limit has come, and throws an error with `isExpired` when
  ///   changes were missed and a new list is needed.
  public func watch<R: KubernetesResource>(
    _ type: R.Type, namespace: String? = nil, options: WatchOptions
  ) async throws(KubernetesError) -> WatchStream<R> {
    let operation = "watch \(R.resourceType.resource)"
    let path = try ResourcePath.collection(R.resourceType, namespace: namespace, operation: operation)
    let timeout = options.timeout ?? .seconds(Int.random(in: 300...600))
    var request = APIRequest(.get, path: path, operation: operation)
    request.query = options.query(timeout: timeout)
    return WatchStream(
      try await sender.open(request, timeout: timeout, expectsBookmarks: options.allowBookmarks))
  }
}
