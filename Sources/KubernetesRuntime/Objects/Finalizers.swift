public import KubernetesClient

/// Adds and removes finalizers without disturbing what others do to the object at the same time.
///
/// Expected flow of a controller with a finalizer:
/// 1. The object isn't being deleted: `add`, before making anything that must be cleaned up.
/// 2. The object is being deleted and has the finalizer: clean up, then `remove`. The object is gone when everybody's
///    finalizers are.
/// ``reconcile(_:with:client:apply:cleanUp:)`` is that flow.
///
/// Each write is a JSON patch that tests what it relies on: the object's UID (not another object of the same name) and
/// the finalizers as they were seen. Where the test fails because somebody else was faster, the object is read again and
/// the patch made anew, a few times. Fields that this program doesn't know are never touched.
public enum Finalizers {
  /// How often a patch is made anew when others keep changing the finalizers.
  static let attempts = 5

  /// Adds a finalizer, unless the object has it.
  ///
  /// - Returns: the object as it is then. One that is being deleted takes no new finalizers and is returned without.
  /// - Throws: `KubernetesError`; `isNotFound` when the object is gone or was replaced by another of its name.
  public static func add<R: KubernetesResource>(
    _ finalizer: String, to object: R, client: KubernetesClient
  ) async throws(KubernetesError) -> R {
    try await change(object, client: client) { additionPatch(finalizer, metadata: $0) }
  }

  /// Removes a finalizer, if the object has it.
  ///
  /// - Returns: the object as it is then; nil when it is gone, which is no error.
  /// - Throws: `KubernetesError`.
  @discardableResult
  public static func remove<R: KubernetesResource>(
    _ finalizer: String, from object: R, client: KubernetesClient
  ) async throws(KubernetesError) -> R? {
    do {
      return try await change(object, client: client) { removalPatch(finalizer, metadata: $0) }
    } catch {
      if error.isNotFound { return nil }
      throw error
    }
  }

  /// Carries out the flow described above for one object.
  ///
  /// - `apply` runs only while the object has the finalizer and isn't being deleted; `cleanUp` only while it is being
  ///   deleted and has it. Both must be idempotent: they run again after a crash or an error.
  /// - The finalizer is removed only after `cleanUp` has returned `settled`; while it asks for another look, or throws,
  ///   the finalizer stays.
  /// - Throws: `KubernetesError` from the writes, and what `apply` and `cleanUp` throw.
  public static func reconcile<R: KubernetesResource>(
    _ object: R, with finalizer: String, client: KubernetesClient, apply: (R) async throws -> Action,
    cleanUp: (R) async throws -> Action
  ) async throws -> Action {
    if object.metadata.deletionTimestamp != nil {
      guard object.metadata.finalizers?.contains(finalizer) == true else { return .settled }
      let action = try await cleanUp(object)
      guard action == .settled else { return action }
      try await remove(finalizer, from: object, client: client)
      return .settled
    }
    let held = try await add(finalizer, to: object, client: client)
    guard held.metadata.deletionTimestamp == nil else { return .requeue(after: .zero) }
    return try await apply(held)
  }

  /// The patch that adds a finalizer; nil where there is nothing to do, or the object is being deleted.
  package static func additionPatch(_ finalizer: String, metadata: ObjectMeta) -> [JSONPatchOperation]? {
    let present = metadata.finalizers ?? []
    guard !present.contains(finalizer), metadata.deletionTimestamp == nil else { return nil }
    var patch = identityTest(metadata)
    if present.isEmpty {
      // The API server never writes an empty list, so the field is missing, which tests equal to null.
      patch.append(.test(path: "/metadata/finalizers", value: .null))
      patch.append(.add(path: "/metadata/finalizers", value: [.string(finalizer)]))
    } else {
      patch.append(.test(path: "/metadata/finalizers", value: .array(present.map { .string($0) })))
      patch.append(.add(path: "/metadata/finalizers/-", value: .string(finalizer)))
    }
    return patch
  }

  /// The patch that removes a finalizer; nil where the object doesn't have it.
  package static func removalPatch(_ finalizer: String, metadata: ObjectMeta) -> [JSONPatchOperation]? {
    guard let index = metadata.finalizers?.firstIndex(of: finalizer) else { return nil }
    let path = "/metadata/finalizers/\(index)"
    return identityTest(metadata) + [.test(path: path, value: .string(finalizer)), .remove(path: path)]
  }

  private static func identityTest(_ metadata: ObjectMeta) -> [JSONPatchOperation] {
    metadata.uid.map { [.test(path: "/metadata/uid", value: .string($0))] } ?? []
  }

  private static func change<R: KubernetesResource>(
    _ object: R, client: KubernetesClient, patch: (ObjectMeta) -> [JSONPatchOperation]?
  ) async throws(KubernetesError) -> R {
    let name = object.metadata.name ?? ""
    let namespace = object.metadata.namespace
    var current = object
    var attempt = 1
    while let operations = patch(current.metadata) {
      do {
        return try await client.patch(R.self, name: name, namespace: namespace, patch: .json(operations))
      } catch {
        // A failed test is a 422; a 409 comes from a write at the same moment.
        guard error.isInvalid || error.isConflict, attempt < attempts else { throw error }
      }
      attempt += 1
      current = try await client.get(R.self, name: name, namespace: namespace)
      guard current.metadata.uid == object.metadata.uid || object.metadata.uid == nil else {
        throw KubernetesError(
          cause: .status, code: 404, reason: "NotFound", message: "another object has taken its name",
          operation: "patch \(R.resourceType.resource)/\(name)")
      }
    }
    return current
  }
}
