import KubernetesClient
import SwiftletAPI

/// Makes and deletes the ConfigMap that pauses the cluster.
struct PauseSwitch: Sendable {
  let client: KubernetesClient
  let namespace: String

  /// - Returns: the pause that holds now, and whether it was there before.
  /// - Throws: `CommandFailure`, in words for whoever asked.
  func on(_ pause: ClusterPause) async throws -> (pause: ClusterPause, wasOn: Bool) {
    let metadata = ObjectMeta(
      name: ClusterPause.name, namespace: namespace, labels: ["app.kubernetes.io/name": "swiftlet"])
    do throws(KubernetesError) {
      let made = try await client.create(ConfigMap(metadata: metadata, data: pause.data))
      return (ClusterPause(made), false)
    } catch {
      guard error.isAlreadyExists else { throw CommandFailure(words(error)) }
    }
    do throws(KubernetesError) {
      // Whoever gives a reason now means that one.
      let found =
        if pause.reason == nil {
          try await client.get(ConfigMap.self, name: ClusterPause.name, namespace: namespace)
        } else {
          try await client.patch(
            ConfigMap.self, name: ClusterPause.name, namespace: namespace,
            patch: .merge(["data": .object(pause.data.filter { $0.key != "since" }.mapValues { .string($0) })]))
        }
      return (ClusterPause(found), true)
    } catch {
      throw CommandFailure(words(error))
    }
  }

  /// - Returns: whether it was on.
  func off() async throws -> Bool {
    do throws(KubernetesError) {
      try await client.delete(ConfigMap.self, name: ClusterPause.name, namespace: namespace)
      return true
    } catch {
      guard error.isNotFound else { throw CommandFailure(words(error)) }
      return false
    }
  }

  private func words(_ error: KubernetesError) -> String {
    if error.isNotFound {
      return "Swiftlet isn't installed in this cluster: there is no namespace \(Escaping.visible(namespace))."
    }
    if error.isForbidden {
      return "You may not do that: it takes the rights to create and delete the ConfigMap \(ClusterPause.name) in the "
        + "namespace \(Escaping.visible(namespace)): \(Escaping.visible(error.message))"
    }
    return StatusSource.words(error, kind: "ConfigMap", server: client.configuration.server)
  }
}
