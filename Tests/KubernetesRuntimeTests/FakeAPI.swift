import Foundation
import KubernetesClient
import Synchronization
import TestSupport

/// A small API server in memory, behind a `ScriptedServer`: enough of get, list, watch, create, merge patch and JSON patch
/// for what this module asks of a server.
final class FakeAPI: Sendable {
  private struct Watcher {
    let collection: String
    let name: String?
    let continuation: AsyncStream<ScriptedReply.Piece>.Continuation
  }

  private struct State {
    var objects: [String: JSONValue] = [:]
    var revision = 100
    var compacted = 0
    var log: [(revision: Int, collection: String, event: JSONValue)] = []
    var watchers: [Int: Watcher] = [:]
    var watcherCount = 0
    var missingKinds: Set<String> = []
    var refusals: [(method: String, code: Int)] = []
    var isBroken = false
    /// Called right before a write is looked at; to be faster than it.
    var beforeWrite: (@Sendable (FakeAPI) -> Void)?
  }

  private let state = Mutex(State())

  var script: ScriptedServer.Script { { request in self.answer(request) } }

  // MARK: What tests do

  func object(_ path: String) -> JSONValue? { state.withLock { $0.objects[path] } }

  func objects(in collection: String) -> [JSONValue] {
    state.withLock { state in
      state.objects.filter { Self.collection(of: $0.key) == collection }.sorted { $0.key < $1.key }.map(\.value)
    }
  }

  var watcherCount: Int { state.withLock { $0.watchers.count } }

  func put(_ path: String, _ object: JSONValue) {
    state.withLock { Self.store(&$0, path, object) }
  }

  func put(_ widget: Widget) throws {
    put("/apis/example.com/v1/widgets/\(widget.metadata.name ?? "")", try JSONValue(encoding: widget))
  }

  func remove(_ path: String) {
    state.withLock { state in
      guard var object = state.objects.removeValue(forKey: path) else { return }
      state.revision += 1
      object["metadata"]?["resourceVersion"] = .string("\(state.revision)")
      Self.emit(&state, path, "DELETED", object)
    }
  }

  /// Forgets all changes so far.
  func compact() {
    state.withLock { state in
      state.revision += 1
      state.compacted = state.revision
      state.log = []
    }
  }

  /// Ends open watches; by cutting the connection if it isn't clean.
  func endWatches(cleanly: Bool) {
    let watchers = state.withLock { state in
      defer { state.watchers = [:] }
      return Array(state.watchers.values)
    }
    for watcher in watchers {
      if !cleanly { watcher.continuation.yield(.drop) }
      watcher.continuation.finish()
    }
  }

  func setMissing(_ isMissing: Bool, collection: String) {
    state.withLock { state in
      if isMissing { state.missingKinds.insert(collection) } else { state.missingKinds.remove(collection) }
    }
  }

  /// Refuses the next request with this method.
  func refuse(_ method: String, code: Int) {
    state.withLock { $0.refusals.append((method, code)) }
  }

  /// While broken, all requests fail.
  func setBroken(_ isBroken: Bool) {
    state.withLock { $0.isBroken = isBroken }
  }

  func beforeNextWrite(_ action: @escaping @Sendable (FakeAPI) -> Void) {
    state.withLock { $0.beforeWrite = action }
  }

  // MARK: What the server does

  private static func collection(of path: String) -> String {
    String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
  }

  private static func isCollection(_ path: String) -> Bool {
    ["/widgets", "/leases", "/events"].contains { path.hasSuffix($0) }
  }

  private static func store(_ state: inout State, _ path: String, _ object: JSONValue) {
    state.revision += 1
    var object = object
    let isNew = state.objects[path] == nil
    object["metadata"]?["resourceVersion"] = .string("\(state.revision)")
    if object["metadata"]?["uid"] == nil { object["metadata"]?["uid"] = .string("uid-\(state.revision)") }
    state.objects[path] = object
    emit(&state, path, isNew ? "ADDED" : "MODIFIED", object)
  }

  private static func emit(_ state: inout State, _ path: String, _ type: String, _ object: JSONValue) {
    let event: JSONValue = ["type": .string(type), "object": object]
    let collection = collection(of: path)
    state.log.append((state.revision, collection, event))
    for watcher in state.watchers.values where watcher.collection == collection {
      if matches(event, watcher.name) { watcher.continuation.yield(line(event)) }
    }
  }

  private static func matches(_ event: JSONValue, _ name: String?) -> Bool {
    name == nil || event["object"]?["metadata"]?["name"]?.string == name
  }

  private static func text(_ value: JSONValue) -> String {
    do {
      return String(decoding: try JSONValue.canonicalData(value), as: UTF8.self)
    } catch {
      return "\(error)"
    }
  }

  private static func line(_ event: JSONValue) -> ScriptedReply.Piece { .text(text(event) + "\n") }

  private func answer(_ request: ScriptedRequest) -> ScriptedReply {
    let path = request.path
    if path == "/version" { return .text(#"{"major":"1","minor":"30","gitVersion":"v1.30.0"}"#) }
    let collection = Self.isCollection(path) ? path : Self.collection(of: path)
    let refusal: ScriptedReply? = state.withLock { state in
      if state.isBroken { return .failure(400, reason: "BadRequest") }
      if state.missingKinds.contains(collection) {
        return .text("404 page not found\n", status: 404, headers: ["Content-Type": "text/plain"])
      }
      guard let index = state.refusals.firstIndex(where: { $0.method == request.method }) else { return nil }
      return .failure(state.refusals.remove(at: index).code, reason: "Refused")
    }
    if let refusal { return refusal }
    switch request.method {
    case "GET" where request.query["watch"] != nil: return watch(request)
    case "GET" where Self.isCollection(path): return list(request)
    case "GET":
      guard let object = object(path) else { return .failure(404, reason: "NotFound") }
      return .text(Self.text(object))
    default:
      let action = state.withLock { state in
        defer { state.beforeWrite = nil }
        return state.beforeWrite
      }
      action?(self)
      return write(request)
    }
  }

  private func list(_ request: ScriptedRequest) -> ScriptedReply {
    let items = objects(in: request.path)
    let revision = state.withLock { $0.revision }
    return .text(
      Self.text([
        "kind": "List", "apiVersion": "v1", "metadata": ["resourceVersion": .string("\(revision)")],
        "items": .array(items),
      ]))
  }

  private func watch(_ request: ScriptedRequest) -> ScriptedReply {
    let selector = request.query["fieldSelector"]?.removingPercentEncoding
    let name = selector.flatMap { $0.hasPrefix("metadata.name=") ? String($0.dropFirst(14)) : nil }
    let (stream, continuation) = AsyncStream.makeStream(of: ScriptedReply.Piece.self)
    return state.withLock { state in
      if let start = request.query["resourceVersion"].flatMap({ Int($0) }) {
        guard start >= state.compacted else {
          continuation.finish()
          return .failure(410, reason: "Expired")
        }
        for (revision, collection, event) in state.log
        where revision > start && collection == request.path && Self.matches(event, name) {
          continuation.yield(Self.line(event))
        }
      } else {
        for (path, object) in state.objects where Self.collection(of: path) == request.path {
          let event: JSONValue = ["type": "ADDED", "object": object]
          if Self.matches(event, name) { continuation.yield(Self.line(event)) }
        }
      }
      state.watcherCount += 1
      let id = state.watcherCount
      state.watchers[id] = Watcher(collection: request.path, name: name, continuation: continuation)
      return .stream(stream)
    }
  }

  private func write(_ request: ScriptedRequest) -> ScriptedReply {
    do {
      let body = try JSONDecoder().decode(JSONValue.self, from: Data(request.body))
      return state.withLock { state in
        if request.method == "POST" {
          let path = "\(request.path)/\(body["metadata"]?["name"]?.string ?? "")"
          guard state.objects[path] == nil else { return .failure(409, reason: "AlreadyExists") }
          Self.store(&state, path, body)
          return .text(Self.text(state.objects[path] ?? .null), status: 201)
        }
        guard let object = state.objects[request.path] else { return .failure(404, reason: "NotFound") }
        if request.header("Content-Type")?.hasPrefix("application/json-patch+json") == true {
          guard let patched = object.applying(jsonPatch: body.array ?? []) else {
            return .failure(422, reason: "Invalid")
          }
          Self.store(&state, request.path, patched)
        } else {
          let version = body["metadata"]?["resourceVersion"]
          guard version == nil || version == object["metadata"]?["resourceVersion"] else {
            return .failure(409, reason: "Conflict")
          }
          Self.store(&state, request.path, object.applying(mergePatch: body))
        }
        return .text(Self.text(state.objects[request.path] ?? .null))
      }
    } catch {
      return .failure(400, reason: "BadRequest")
    }
  }
}

extension JSONValue {
  /// This document after a JSON patch of test, add and remove; nil where a test fails.
  fileprivate func applying(jsonPatch operations: [JSONValue]) -> JSONValue? {
    var document = self
    for operation in operations {
      let tokens = (operation["path"]?.string ?? "").split(separator: "/").map(String.init)
      let value = operation["value"] ?? .null
      switch operation["op"]?.string {
      case "test":
        guard (document.at(tokens) ?? .null) == value else { return nil }
      case "add": document = document.setting(tokens[...], value)
      case "remove": document = document.setting(tokens[...], nil)
      default: return nil
      }
    }
    return document
  }

  private func at(_ tokens: [String]) -> JSONValue? {
    tokens.reduce(self) { value, token in
      if let array = value?.array { return Int(token).flatMap { array.indices.contains($0) ? array[$0] : nil } }
      return value?[token]
    }
  }

  private func setting(_ tokens: ArraySlice<String>, _ value: JSONValue?) -> JSONValue {
    guard let token = tokens.first else { return value ?? .null }
    if var array = array {
      if let index = Int(token) {
        if let value { array.insert(value, at: index) } else { array.remove(at: index) }
      } else if let value {
        array.append(value)
      }
      return .array(array)
    }
    var copy = self
    copy[token] = tokens.count == 1 ? value : (self[token] ?? .object([:])).setting(tokens.dropFirst(), value)
    return copy
  }
}
