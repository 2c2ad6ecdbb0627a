import ContainerRuntimeProtocol
import GRPCCore
package import OCI
import SwiftProtobuf

/// containerd's content: what is being fetched, and which manifest asked for it.
package struct ContentStore: Sendable {
  let connection: RuntimeConnection
  let timeout: Duration

  /// The largest manifest that containerd fetches is 4 MiB; a registry refuses larger ones.
  private static let largestManifest: Int64 = 4 << 20
  private static let manifestsLookedAt = 8

  init(connection: RuntimeConnection, timeout: Duration) {
    self.connection = connection
    self.timeout = timeout
  }

  package init(endpoint: RuntimeEndpoint, timeout: Duration = .seconds(30)) {
    self.init(connection: RuntimeConnection(endpoint: endpoint), timeout: timeout)
  }

  private typealias Client = Containerd_Services_Content_V1_Content.Client

  /// The layers that are being fetched now.
  package func ingests() async throws(RuntimeError) -> [Ingest] {
    let options = RuntimeConnection.options(timeout: timeout)
    return try await connection.withClient("look up running downloads") { client in
      let response = try await Client(wrapping: client).listStatuses(
        .with { $0.filters = [#"ref~="^layer-""#] }, metadata: CRIRuntime.namespace, options: options)
      return response.statuses.compactMap { Ingest(reference: $0.ref, offset: $0.offset, total: $0.total) }
    }
  }

  /// Manifests fetched from the reference's repository that list one of `layers`, and which of their layers are there.
  func manifests(
    of reference: ImageReference, listing layers: Set<Digest>
  ) async throws(RuntimeError) -> [(manifest: ManifestLayers, present: Set<Digest>)] {
    let options = RuntimeConnection.options(timeout: timeout)
    let source = "containerd.io/distribution.source." + Self.host(of: reference)
    let wanted = Set(layers.map(\.description))
    return try await connection.withClient("look up manifests of \(reference.name)") { client in
      let content = Client(wrapping: client)
      let infos = try await content.list(
        .with { $0.filters = [#"labels."\#(source)""#] }, metadata: CRIRuntime.namespace, options: options
      ) { response in
        var infos: [Containerd_Services_Content_V1_Info] = []
        for try await message in response.messages { infos += message.info }
        return infos
      }
      let present = Set(infos.map(\.digest))
      let candidates = infos.filter { info in
        let repositories = info.labels[source]?.split(separator: ",") ?? []
        return repositories.contains(Substring(reference.repository)) && info.size <= Self.largestManifest
          && info.labels.contains { $0.key.hasPrefix("containerd.io/gc.ref.content") && wanted.contains($0.value) }
      }
      var found: [(manifest: ManifestLayers, present: Set<Digest>)] = []
      for candidate in candidates.prefix(Self.manifestsLookedAt) {
        let json = try await content.read(
          .with { $0.digest = candidate.digest }, metadata: CRIRuntime.namespace, options: options
        ) { response in
          var bytes: [UInt8] = []
          for try await message in response.messages { bytes += message.data }
          return bytes
        }
        guard let manifest = ManifestLayers(json: json) else { continue }
        found.append((manifest, Set(manifest.sizes.keys.filter { present.contains($0.description) })))
      }
      return found
    }
  }

  /// The registry's host as containerd labels content with it: without a port.
  package static func host(of reference: ImageReference) -> String {
    let registry = reference.registry
    if registry.hasPrefix("["), let close = registry.firstIndex(of: "]") {
      return String(registry[registry.index(after: registry.startIndex)..<close])
    }
    return String(registry.prefix { $0 != ":" })
  }
}
