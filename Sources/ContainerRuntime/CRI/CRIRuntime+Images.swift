import ContainerRuntimeProtocol
import GRPCCore
package import OCI
import SwiftProtobuf

extension CRIRuntime {
  package func images() async throws(RuntimeError) -> [RuntimeImage] {
    let options = RuntimeConnection.options(timeout: options.readTimeout)
    return try await connection.withClient("list images") { client in
      try await Runtime_V1_ImageService.Client(wrapping: client).listImages(.init(), options: options)
        .images.map(RuntimeImage.init)
    }
  }

  package func image(_ reference: ImageReference) async throws(RuntimeError) -> RuntimeImage? {
    try await image(named: reference.normalized)
  }

  /// - Parameter name: a reference or an image ID.
  func image(named name: String) async throws(RuntimeError) -> RuntimeImage? {
    let options = RuntimeConnection.options(timeout: options.readTimeout)
    return try await connection.withClient("look up \(name)") { client in
      let response = try await Runtime_V1_ImageService.Client(wrapping: client).imageStatus(
        .with { $0.image.image = name }, options: options)
      return response.hasImage ? RuntimeImage(response.image) : nil
    }
  }

  package func remove(id: String) async throws(RuntimeError) {
    let options = RuntimeConnection.options(timeout: options.changeTimeout)
    try await connection.withClient("remove \(id)") { client in
      do {
        _ = try await Runtime_V1_ImageService.Client(wrapping: client).removeImage(
          .with { $0.image.image = id }, options: options)
      } catch let error as RPCError where error.code == .notFound {
        return
      }
    }
  }
}

extension RuntimeImage {
  init(_ image: Runtime_V1_Image) {
    self.init(
      id: image.id, tags: image.repoTags, digests: image.repoDigests, size: image.size, pinned: image.pinned)
  }
}
