import ContainerRuntimeProtocol
import GRPCCore
import SwiftProtobuf
import Synchronization

extension CRIRuntime {
  package func containers() async throws(RuntimeError) -> [RuntimeContainer] {
    let options = RuntimeConnection.options(timeout: options.readTimeout)
    let all = try await connection.withClient("list containers") { client in
      try await Runtime_V1_RuntimeService.Client(wrapping: client).listContainers(.init(), options: options).containers
    }
    let listed = all.filter { !JobContainers.hasOne(labels: $0.labels) }
    let volumes = try await volumeImages(of: listed.map(\.id))
    return listed.map { container in
      RuntimeContainer(
        id: container.id, imageReference: container.image.image,
        imageID: container.imageID.isEmpty ? container.imageRef : container.imageID,
        volumeImages: volumes[container.id] ?? [])
    }
  }

  /// The images that are mounted into containers. A list doesn't tell, so each container is asked for once in its life.
  private func volumeImages(of ids: [String]) async throws(RuntimeError) -> [String: [String]] {
    let information = try await information()
    guard RuntimeVersion.mountsImages(runtime: information.name, version: information.version) else { return [:] }
    var known = volumeImages.withLock { $0 }
    let unknown = ids.filter { known[$0] == nil }
    if !unknown.isEmpty {
      known.merge(try await askForVolumeImages(of: unknown)) { $1 }
    }
    let there = Set(ids)
    let current = known.filter { there.contains($0.key) }
    volumeImages.withLock { $0 = current }
    return current
  }

  private func askForVolumeImages(of ids: [String]) async throws(RuntimeError) -> [String: [String]] {
    let options = RuntimeConnection.options(timeout: options.readTimeout)
    return try await connection.withClient("look up the volumes of containers") { client in
      let service = Runtime_V1_RuntimeService.Client(wrapping: client)
      var images: [String: [String]] = [:]
      for id in ids {
        do {
          let status = try await service.containerStatus(.with { $0.containerID = id }, options: options).status
          images[id] = status.mounts.map(\.image.image).filter { !$0.isEmpty }
        } catch let error as RPCError where error.code == .notFound {
          // It ended meanwhile.
          continue
        }
      }
      return images
    }
  }
}
