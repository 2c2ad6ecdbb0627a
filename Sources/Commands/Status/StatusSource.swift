import KubernetesClient
import OCI
import SwiftletAPI

/// Reads from an API server what a report needs.
struct StatusSource: Sendable {
  let client: KubernetesClient
  /// Where Swiftlet is installed.
  let namespace: String
  let names: [String]
  let withNodes: Bool

  /// A report of what is there now.
  ///
  /// - Throws: `CommandFailure`, in words for whoever asked.
  func report() async throws -> StatusReport {
    let sets: [ImageSet]
    do throws(KubernetesError) {
      sets = try await client.listAll(ImageSet.self).items
    } catch {
      throw CommandFailure(Self.words(error, kind: "ImageSet", server: client.configuration.server))
    }
    var inventories: [NodeInventory]?
    do throws(KubernetesError) {
      inventories = try await client.listAll(NodeInventory.self).items
    } catch {
      if withNodes {
        throw CommandFailure(Self.words(error, kind: "NodeInventory", server: client.configuration.server))
      }
    }
    var pause: ConfigMap?
    do throws(KubernetesError) {
      pause = try await client.get(ConfigMap.self, name: ClusterPause.name, namespace: namespace)
    } catch {
      // There is none, or it may not be read: then the nodes' plans still say whether they are paused.
      pause = nil
    }
    return Self.report(sets: sets, inventories: inventories, pause: pause, names: names, withNodes: withNodes)
  }

  static func report(
    sets: [ImageSet], inventories: [NodeInventory]?, pause: ConfigMap?, names: [String], withNodes: Bool
  ) -> StatusReport {
    let pause = pause.map { ClusterPause($0) }
    return StatusReport(
      sets: sets, inventories: inventories, pause: pause, names: names, withNodes: withNodes
    ) { text in
      do throws(ImageReferenceError) {
        return try ImageReference(parsing: text).normalized
      } catch {
        return nil
      }
    }
  }

  /// What a failed request means to a person.
  static func words(_ error: KubernetesError, kind: String, server: String) -> String {
    if error.isNotFound {
      return "Swiftlet isn't installed in this cluster: it knows no \(kind). "
        + "Install it, or choose another cluster with --context."
    }
    if error.isForbidden { return "You may not list objects of kind \(kind) here: \(error.message)" }
    if error.isUnauthorized { return "The API server at \(server) doesn't accept your credentials: \(error.message)" }
    switch error.cause {
    case .connection, .timeout: return "The API server at \(server) can't be reached: \(error.message)"
    case .credentials: return "No credentials for the API server at \(server): \(error.message)"
    case .status, .cancelled, .decoding, .invalidRequest, .shutDown: return "The API server failed: \(error)"
    }
  }
}
