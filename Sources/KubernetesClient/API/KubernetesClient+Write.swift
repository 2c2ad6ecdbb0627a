extension KubernetesClient {
  /// Creates an object and returns it as the server made it.
  public func create<R: KubernetesResource>(
    _ object: R, options: WriteOptions = .init()
  ) async throws(KubernetesError) -> R {
    let type = R.resourceType
    let operation = "create \(type.resource)/\(object.metadata.name ?? object.metadata.generateName ?? "")"
    let path = try ResourcePath.collection(
      type, namespace: object.metadata.namespace, needsNamespace: true, operation: operation)
    var request = APIRequest(.post, path: path, operation: operation)
    request.query = options.query(defaultManager: self.options.fieldManager)
    do {
      var document = try JSONValue(encoding: object)
      document["apiVersion"] = .string(type.apiVersion)
      document["kind"] = .string(type.kind)
      request.body = RequestBody(contentType: "application/json", data: try JSONValue.canonicalData(document))
    } catch {
      throw KubernetesError(cause: .invalidRequest, message: "can't be encoded: \(error)", operation: operation)
    }
    return try await sender.send(request, decoding: R.self)
  }

  /// Changes an object and returns it as it is then.
  ///
  /// - Parameters:
  ///   - namespace: required for kinds that live in namespaces.
  ///   - subresource: such as `status`.
  public func patch<R: KubernetesResource>(
    _ type: R.Type, name: String, namespace: String? = nil, patch: Patch, subresource: String? = nil,
    options: WriteOptions = .init()
  ) async throws(KubernetesError) -> R {
    let target = subresource.map { "\(name)/\($0)" } ?? name
    let operation = "patch \(R.resourceType.resource)/\(target)"
    let path = try ResourcePath.object(
      R.resourceType, name: name, namespace: namespace, subresource: subresource, operation: operation)
    var request = APIRequest(.patch, path: path, operation: operation)
    request.query = options.query(defaultManager: self.options.fieldManager)
    do {
      let data =
        switch patch {
        case .merge(let document): try JSONValue.canonicalData(document)
        case .json(let operations): try JSONValue.canonicalData(operations)
        case .apply(let document, let manager, let force):
          try JSONValue.canonicalData(
            request.prepareApply(document, type: R.resourceType, name: name, manager: manager, force: force))
        }
      request.body = RequestBody(contentType: patch.contentType, data: data)
    } catch {
      throw KubernetesError(cause: .invalidRequest, message: "can't be encoded: \(error)", operation: operation)
    }
    return try await sender.send(request, decoding: R.self)
  }

  /// Deletes an object. It may live on until its finalizers are done.
  ///
  /// - Parameter namespace: required for kinds that live in namespaces.
  /// - Throws: an error with `isNotFound` where there is none, and with `isConflict` where a precondition fails.
  public func delete<R: KubernetesResource>(
    _ type: R.Type, name: String, namespace: String? = nil, options: DeleteOptions = .init()
  ) async throws(KubernetesError) {
    let operation = "delete \(R.resourceType.resource)/\(name)"
    let path = try ResourcePath.object(R.resourceType, name: name, namespace: namespace, operation: operation)
    var request = APIRequest(.delete, path: path, operation: operation)
    do {
      request.body = RequestBody(
        contentType: "application/json", data: try JSONValue.canonicalData(options.document))
    } catch {
      throw KubernetesError(cause: .invalidRequest, message: "can't be encoded: \(error)", operation: operation)
    }
    _ = try await sender.send(request)
  }
}
