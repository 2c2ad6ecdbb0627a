package import KubernetesClient
import KubernetesRuntime
package import Logging
package import SwiftletAPI

/// The node's plan and status in a Kubernetes API server. Needs the verbs get and watch on NodeInventories and
/// patch on their status.
package struct KubernetesInventory: PlanSource, StatusSink {
  private let client: KubernetesClient
  private let name: String
  private let logger: Logger

  package init(client: KubernetesClient, nodeName: String, logger: Logger) {
    self.client = client
    name = nodeName
    self.logger = logger
  }

  package func follow(_ deliver: @escaping @Sendable (NodeInventory?) -> Void) async throws {
    let informer = Informer(client: client, type: NodeInventory.self, scope: .named(name), logger: logger)
    let store = informer.store
    let key = ObjectKey(name: name)
    informer.observe { change in
      switch change {
      case .upserted(_, let new): deliver(new)
      case .removed: deliver(nil)
      case .synced: deliver(store[key])
      }
    }
    try await informer.run()
  }

  package func read() async throws(StatusFailure) -> NodeInventory? {
    do {
      return try await client.get(NodeInventory.self, name: name)
    } catch {
      if error.isNotFound { return nil }
      throw Self.failure(error)
    }
  }

  package func write(
    from old: NodeInventoryStatus, to new: NodeInventoryStatus
  ) async throws(StatusFailure) -> NodeInventoryStatus {
    let patch: JSONValue?
    do {
      patch = try StatusPatch.make(from: old, to: new)
    } catch {
      throw .failed(message: "the status can't be encoded: \(error)", retryAfter: nil)
    }
    guard let patch else { return new }
    do {
      let written = try await client.patch(
        NodeInventory.self, name: name, patch: .merge(patch), subresource: "status",
        options: WriteOptions(fieldManager: "swiftlet-agent"))
      return written.status ?? NodeInventoryStatus()
    } catch {
      throw Self.failure(error)
    }
  }

  private static func failure(_ error: KubernetesError) -> StatusFailure {
    error.isNotFound ? .notFound : .failed(message: error.description, retryAfter: error.retryAfter)
  }
}
