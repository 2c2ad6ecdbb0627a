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
  ///   - type: its kind.
  ///   - name: its name.
  ///   - namespace: required for kinds that live in namespaces.
  ///   - patch: what to change.
  ///   - subresource: such as `status`.
  ///   - options: whose change it is, and whether it is only tried.
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

  /// Changes an object that was read before, and returns it as it is then: sends what makes `new` out of `old`, so fields
  /// that the type doesn't know stay as they are.
  ///
  /// Nothing is sent where there is no difference, and `new` is returned.
  ///
  /// - Parameters:
  ///   - old: as it was read; its `resourceVersion`, where it has one, must still be the object's.
  ///   - new: as it should be. Its name, namespace and resourceVersion don't count.
  ///   - subresource: such as `status`. Where the kind has that, changes elsewhere don't count.
  ///   - options: whose change it is, and whether it is only tried.
  /// - Throws: an error with `isConflict` when the object has changed since `old` was read.
  public func update<R: KubernetesResource>(
    _ old: R, to new: R, subresource: String? = nil, options: WriteOptions = .init()
  ) async throws(KubernetesError) -> R {
    var new = new
    new.metadata.name = old.metadata.name
    new.metadata.namespace = old.metadata.namespace
    new.metadata.resourceVersion = old.metadata.resourceVersion
    let difference: JSONValue?
    do {
      difference = mergePatch(from: try JSONValue(encoding: old), to: try JSONValue(encoding: new))
    } catch {
      throw KubernetesError(
        cause: .invalidRequest, message: "can't be encoded: \(error)", operation: "update \(R.resourceType.resource)")
    }
    guard var difference else { return new }
    if let version = old.metadata.resourceVersion {
      var metadata = difference["metadata"] ?? [:]
      metadata["resourceVersion"] = .string(version)
      difference["metadata"] = metadata
    }
    return try await patch(
      R.self, name: old.metadata.name ?? "", namespace: old.metadata.namespace, patch: .merge(difference),
      subresource: subresource, options: options)
  }

  /// Deletes an object. It may live on until its finalizers are done.
  ///
  /// - Parameters:
  ///   - type: its kind.
  ///   - name: its name.
  ///   - namespace: required for kinds that live in namespaces.
  ///   - options: on which conditions, and what becomes of the objects that it owns.
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
