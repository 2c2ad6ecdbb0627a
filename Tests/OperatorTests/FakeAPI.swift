import Foundation
import KubernetesClient
import Operator
import Synchronization

/// An API server in memory, as far as the operator needs one: versions, generations, conflicts, subresources and
/// preconditions; and faults where a test wants them.
final class FakeAPI: ClusterAPI {
  /// What happens to a request instead of, or besides, being carried out.
  enum Fault: Sendable {
    case refuse(KubernetesError)
    /// The write happens, and the answer gets lost.
    case loseAnswer
    /// Something else happens first.
    case after(@Sendable (FakeAPI) -> Void)
  }

  private struct State {
    var objects: [String: [ObjectKey: JSONValue]] = [:]
    var version = 100
    var uids = 0
    var faults: [(operation: String, fault: Fault)] = []
    var log: [String] = []
    var observers: [@Sendable (String, ObjectKey, JSONValue?) -> Void] = []
    var dropsImageVolumes = false
  }

  private let state = Mutex(State())
  /// Held over a change until all were told of it: they hear of changes in the order in which these happened. Whoever is
  /// told may change something in turn.
  private let order = NSRecursiveLock()

  /// The operations so far that match, such as `patch nodeinventories`.
  func count(_ operation: String) -> Int { log.count { $0.hasPrefix(operation) } }

  var log: [String] { state.withLock { $0.log } }

  /// The next request whose operation begins like this meets the fault.
  func fault(_ operation: String, _ fault: Fault) {
    state.withLock { $0.faults.append((operation, fault)) }
  }

  /// Told of every change, after it; nil for a deletion.
  func observe(_ observer: @escaping @Sendable (String, ObjectKey, JSONValue?) -> Void) {
    state.withLock { $0.observers.append(observer) }
  }

  /// Doesn't know of volumes that are images: it makes empty folders of them.
  func dropImageVolumes() { state.withLock { $0.dropsImageVolumes = true } }

  private static func withoutImageVolumes(_ job: JSONValue) -> JSONValue {
    var job = job
    guard let volumes = job["spec"]?["template"]?["spec"]?["volumes"]?.array else { return job }
    job["spec"]?["template"]?["spec"]?["volumes"] = .array(
      volumes.map { volume in
        guard volume["image"] != nil else { return volume }
        return ["name": volume["name"] ?? "", "emptyDir": [:]]
      })
    return job
  }

  // MARK: What tests do themselves

  @discardableResult
  func put<R: KubernetesResource>(_ object: R) throws -> R {
    let type = R.resourceType
    let given = try JSONValue(encoding: object)
    let stored = order.withLock {
      let stored = store(given, type.resource, object.key)
      tell(type.resource, object.key, stored)
      return stored
    }
    return try stored.decoded()
  }

  private func store(_ given: JSONValue, _ resource: String, _ key: ObjectKey) -> JSONValue {
    state.withLock { state in
      var document = given
      let old = state.objects[resource]?[key]
      if resource == "jobs", state.dropsImageVolumes { document = Self.withoutImageVolumes(document) }
      var metadata = document["metadata"] ?? [:]
      state.version += 1
      metadata["resourceVersion"] = .string("\(state.version)")
      if metadata["uid"] == nil {
        state.uids += 1
        metadata["uid"] = old?["metadata"]?["uid"] ?? .string("uid-\(state.uids)")
      }
      let generation = old?["metadata"]?["generation"]?.integer ?? 0
      metadata["generation"] = .integer(old?["spec"] == document["spec"] ? generation : generation + 1)
      // How old a Job is matters.
      let created = resource == "jobs" ? "\(Timestamp(Date()).wholeSeconds)" : "2026-01-01T00:00:00Z"
      if metadata["creationTimestamp"] == nil { metadata["creationTimestamp"] = .string(created) }
      document["metadata"] = metadata
      state.objects[resource, default: [:]][key] = document
      return document
    }
  }

  func change<R: KubernetesResource>(_ type: R.Type, _ name: String, _ body: (inout R) -> Void) throws {
    // Nobody else's write comes in between, or it would be undone.
    try order.withLock {
      guard var object = try read(type, name) else { return }
      body(&object)
      tell(
        R.resourceType.resource, object.key, store(try JSONValue(encoding: object), R.resourceType.resource, object.key)
      )
    }
  }

  func read<R: KubernetesResource>(_ type: R.Type, _ name: String) throws -> R? {
    try state.withLock { $0.objects[R.resourceType.resource]?[ObjectKey(name: name)] }?.decoded()
  }

  func all<R: KubernetesResource>(_ type: R.Type) throws -> [R] {
    try state.withLock { Array(($0.objects[R.resourceType.resource] ?? [:]).values) }.map { try $0.decoded() }
  }

  func drop(_ resource: String, _ key: ObjectKey) {
    order.withLock {
      state.withLock { $0.objects[resource]?[key] = nil }
      tell(resource, key, nil)
    }
  }

  // MARK: ClusterAPI

  func get<R: KubernetesResource>(_ type: R.Type, name: String, namespace: String?) async throws(KubernetesError) -> R {
    let operation = "get \(R.resourceType.resource)"
    _ = try begin("\(operation)/\(name)")
    let found = state.withLock { $0.objects[R.resourceType.resource]?[ObjectKey(namespace: namespace, name: name)] }
    guard let found else { throw Self.error(404, "NotFound", operation) }
    return try decode(found, operation)
  }

  func listAll<R: KubernetesResource>(
    _ type: R.Type, namespace: String?, options: ListOptions
  ) async throws(KubernetesError) -> ListPage<R> {
    let operation = "list \(R.resourceType.resource)"
    _ = try begin(operation)
    let (documents, version) = state.withLock { state in
      (Array((state.objects[R.resourceType.resource] ?? [:]).values), state.version)
    }
    var items: [R] = []
    for document in documents {
      if let selector = options.fieldSelector, selector.hasPrefix("spec.nodeName="),
        document["spec"]?["nodeName"]?.string != String(selector.dropFirst(14))
      {
        continue
      }
      items.append(try decode(document, operation))
    }
    return ListPage(items: items, resourceVersion: "\(version)")
  }

  func create<R: KubernetesResource>(_ object: R, options: WriteOptions) async throws(KubernetesError) -> R {
    let operation = "create \(R.resourceType.resource)"
    let losesAnswer = try begin("\(operation)/\(object.key)")
    guard state.withLock({ $0.objects[R.resourceType.resource]?[object.key] }) == nil else {
      throw Self.error(409, "AlreadyExists", operation)
    }
    do {
      let stored = try put(object)
      guard !losesAnswer else { throw Self.lost(operation) }
      return stored
    } catch let error as KubernetesError {
      throw error
    } catch {
      throw Self.error(400, "BadRequest", "\(operation): \(error)")
    }
  }

  func patch<R: KubernetesResource>(
    _ type: R.Type, name: String, namespace: String?, patch: Patch, subresource: String?, options: WriteOptions
  ) async throws(KubernetesError) -> R {
    let resource = R.resourceType.resource
    let operation = "patch \(resource)" + (subresource.map { "/\($0)" } ?? "")
    let losesAnswer = try begin("\(operation) \(name)")
    let key = ObjectKey(namespace: namespace, name: name)
    guard case .merge(let changes) = patch else { throw Self.error(415, "UnsupportedMediaType", operation) }
    let result: Result<JSONValue, KubernetesError> = order.withLock {
      let result = merge(changes, resource, key, isStatus: subresource == "status", operation)
      if case .success(let stored) = result { tell(resource, key, stored) }
      return result
    }
    let stored = try result.get()
    guard !losesAnswer else { throw Self.lost(operation) }
    return try decode(stored, operation)
  }

  private func merge(
    _ changes: JSONValue, _ resource: String, _ key: ObjectKey, isStatus: Bool, _ operation: String
  ) -> Result<JSONValue, KubernetesError> {
    state.withLock { state in
      guard let old = state.objects[resource]?[key] else { return .failure(Self.error(404, "NotFound", operation)) }
      if let expected = changes["metadata"]?["resourceVersion"], expected != old["metadata"]?["resourceVersion"] {
        return .failure(Self.error(409, "Conflict", operation))
      }
      var new = old.applying(mergePatch: changes)
      if isStatus { new["spec"] = old["spec"] } else { new["status"] = old["status"] }
      if new == old { return .success(old) }
      var metadata = new["metadata"] ?? [:]
      state.version += 1
      metadata["resourceVersion"] = .string("\(state.version)")
      let generation = old["metadata"]?["generation"]?.integer ?? 0
      metadata["generation"] = .integer(new["spec"] == old["spec"] ? generation : generation + 1)
      new["metadata"] = metadata
      state.objects[resource]?[key] = new
      return .success(new)
    }
  }

  func delete<R: KubernetesResource>(
    _ type: R.Type, name: String, namespace: String?, options: DeleteOptions
  ) async throws(KubernetesError) {
    let resource = R.resourceType.resource
    let operation = "delete \(resource)"
    _ = try begin("\(operation)/\(name)")
    let key = ObjectKey(namespace: namespace, name: name)
    guard let old = state.withLock({ $0.objects[resource]?[key] }) else { throw Self.error(404, "NotFound", operation) }
    if let uid = options.preconditionUID, old["metadata"]?["uid"]?.string != uid {
      throw Self.error(409, "Conflict", operation)
    }
    drop(resource, key)
  }

  func serverVersion() async throws(KubernetesError) -> ServerVersion {
    _ = try begin("get version")
    return ServerVersion(major: "1", minor: "36", gitVersion: "v1.36.2")
  }

  // MARK: Parts

  /// - Returns: whether the answer gets lost.
  private func begin(_ operation: String) throws(KubernetesError) -> Bool {
    let fault: Fault? = state.withLock { state in
      state.log.append(operation)
      guard let index = state.faults.firstIndex(where: { operation.hasPrefix($0.operation) }) else { return nil }
      return state.faults.remove(at: index).fault
    }
    switch fault {
    case nil: return false
    case .refuse(let error): throw error
    case .loseAnswer: return true
    case .after(let action):
      action(self)
      return false
    }
  }

  private func tell(_ resource: String, _ key: ObjectKey, _ document: JSONValue?) {
    for observer in state.withLock({ $0.observers }) { observer(resource, key, document) }
  }

  private func decode<R: Decodable>(_ document: JSONValue, _ operation: String) throws(KubernetesError) -> R {
    do {
      return try document.decoded()
    } catch {
      throw KubernetesError(cause: .decoding, message: "\(error)", operation: operation)
    }
  }

  static func error(_ code: Int, _ reason: String, _ operation: String) -> KubernetesError {
    KubernetesError(cause: .status, code: code, reason: reason, message: reason, operation: operation)
  }

  static func lost(_ operation: String) -> KubernetesError {
    KubernetesError(cause: .connection, message: "lost", operation: operation, isAmbiguous: true)
  }
}
