import ContainerRuntimeProtocol
import GRPCCore
package import OCI
import SwiftProtobuf

/// What needs containerd's own API.
extension CRIRuntime {
  /// Where the kubelet's images are.
  static let namespace: Metadata = ["containerd-namespace": "k8s.io"]
  private static let pinLabel = "io.cri-containerd.pinned"
  private static let pinValue = "pinned"

  package func untag(_ reference: ImageReference) async throws(RuntimeError) {
    let operation = "drop the name \(reference)"
    let options = RuntimeConnection.options(timeout: options.changeTimeout)
    try await connection.withClient(operation) { client in
      do {
        _ = try await Containerd_Services_Images_V1_Images.Client(wrapping: client).delete(
          .with {
            $0.name = reference.normalized
            $0.sync = true
          }, metadata: Self.namespace, options: options)
      } catch let error as RPCError where error.code == .notFound {
        return
      }
    }
    // The CRI side learns it from an event a moment later; a caller that lists images next is to see it.
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: .seconds(2))
    while clock.now < end, let image = try await image(reference), image.isNamed(reference) {
      do {
        try await clock.sleep(for: .milliseconds(20))
      } catch {
        return
      }
    }
  }

  package func setPinned(_ pinned: Bool, id: String) async throws(RuntimeError) {
    let operation = "\(pinned ? "pin" : "unpin") \(id)"
    try await require(.pins, for: operation)
    let options = RuntimeConnection.options(timeout: options.readTimeout)
    try await connection.withClient(operation) { client in
      let images = Containerd_Services_Images_V1_Images.Client(wrapping: client)
      do {
        let record = try await images.get(.with { $0.name = id }, metadata: Self.namespace, options: options).image
        guard (record.labels[Self.pinLabel] == Self.pinValue) != pinned else { return }
        _ = try await images.update(
          .with {
            $0.image.name = id
            $0.image.target = record.target
            // A label in the mask that has no value is taken away.
            if pinned { $0.image.labels = [Self.pinLabel: Self.pinValue] }
            $0.updateMask.paths = ["labels." + Self.pinLabel]
          }, metadata: Self.namespace, options: options)
      } catch let error as RPCError where error.code == .notFound {
        guard pinned else { return }
        throw RuntimeError(operation: operation, reason: .notFound, message: "there is no image of that ID")
      }
    }
  }

  package func changes() async throws(RuntimeError) -> ImageChanges {
    let operation = "watch images"
    try await require(.events, for: operation)
    let connection = connection
    return ImageChanges { hint throws(RuntimeError) in
      try await Self.subscribe(connection, operation: operation, hint: hint)
    }
  }

  /// How long after the subscription it can be taken to be in force; containerd doesn't say.
  private static let settling: Duration = .milliseconds(500)

  private static func subscribe(
    _ connection: RuntimeConnection, operation: String, hint: @escaping @Sendable () -> Void
  ) async throws(RuntimeError) {
    try await connection.withOwnClient(operation) { client in
      try await withThrowingDiscardingTaskGroup { group in
        group.addTask {
          try await Task.sleep(for: settling)
          hint()
        }
        let request = Containerd_Services_Events_V1_SubscribeRequest.with {
          $0.filters = [#"namespace=="k8s.io",topic~="^/images/""#]
        }
        try await Containerd_Services_Events_V1_Events.Client(wrapping: client).subscribe(
          request, metadata: namespace, options: RuntimeConnection.options(timeout: nil)
        ) { response in
          for try await _ in response.messages { hint() }
        }
        throw RuntimeError(operation: operation, kind: .unavailable, message: "the runtime ended the subscription")
      }
    }
  }
}
