package import KubernetesClient

/// The requests that the operator makes. `KubernetesClient` makes them of a real API server.
package protocol ClusterAPI: Sendable {
  func get<R: KubernetesResource>(_ type: R.Type, name: String, namespace: String?) async throws(KubernetesError) -> R

  func listAll<R: KubernetesResource>(
    _ type: R.Type, namespace: String?, options: ListOptions
  ) async throws(KubernetesError) -> ListPage<R>

  func create<R: KubernetesResource>(_ object: R, options: WriteOptions) async throws(KubernetesError) -> R

  func patch<R: KubernetesResource>(
    _ type: R.Type, name: String, namespace: String?, patch: Patch, subresource: String?, options: WriteOptions
  ) async throws(KubernetesError) -> R

  func delete<R: KubernetesResource>(
    _ type: R.Type, name: String, namespace: String?, options: DeleteOptions
  ) async throws(KubernetesError)

  func serverVersion() async throws(KubernetesError) -> ServerVersion
}

extension KubernetesClient: ClusterAPI {}

extension ClusterAPI {
  /// The object, or nil where the server has none.
  func find<R: KubernetesResource>(
    _ type: R.Type, name: String, namespace: String? = nil
  ) async throws(KubernetesError) -> R? {
    do {
      return try await get(type, name: name, namespace: namespace)
    } catch {
      guard error.isNotFound else { throw error }
      return nil
    }
  }

  /// Whether the kind of this definition (`plural.group`) is installed, served and not about to go.
  func serves(definition: String) async throws(KubernetesError) -> Bool {
    guard let found = try await find(CustomResourceDefinition.self, name: definition) else { return false }
    let conditions = found.status?.conditions ?? []
    return found.metadata.deletionTimestamp == nil
      && conditions.contains { $0.type == "Established" && $0.status == .yes }
  }
}
