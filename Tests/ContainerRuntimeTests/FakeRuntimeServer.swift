import ContainerRuntime
import ContainerRuntimeProtocol
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import SwiftProtobuf
import Synchronization

/// Not gRPC's type of that name.
typealias RuntimeError = ContainerRuntime.RuntimeError

/// A gRPC server on a Unix socket that answers as a test says. A method without an answer is UNIMPLEMENTED.
final class FakeRuntimeServer: Sendable {
  typealias Server = GRPCServer<HTTP2ServerTransport.Posix>

  let path: String
  /// Metadata of the last request, and requests that were cancelled by the client, by method.
  let seen = Mutex<[String: Metadata]>([:])
  let cancelled = Mutex<[String]>([])
  private let router = Mutex(RPCRouter<HTTP2ServerTransport.Posix>())

  init() {
    // A socket's path has at most 107 bytes.
    path = "/tmp/swiftlet-\(UInt32.random(in: 0...UInt32.max)).sock"
    answerVersion(name: "containerd", version: "1.7.24")
  }

  func answerVersion(name: String, version: String) {
    on(Runtime_V1_RuntimeService.Method.Version.descriptor) { (_: Runtime_V1_VersionRequest) in
      Runtime_V1_VersionResponse.with {
        $0.runtimeName = name
        $0.runtimeVersion = version
      }
    }
  }

  func on<Input: SwiftProtobuf.Message, Output: SwiftProtobuf.Message>(
    _ method: MethodDescriptor, _ answer: @escaping @Sendable (Input) async throws -> Output
  ) {
    router.withLock { router in
      router.registerHandler(
        forMethod: method, deserializer: ProtobufDeserializer<Input>(), serializer: ProtobufSerializer<Output>()
      ) { [self] request, _ in
        seen.withLock { $0[method.method] = request.metadata }
        return StreamingServerResponse { writer in
          try await withRPCCancellationHandler {
            for try await message in request.messages { try await writer.write(try await answer(message)) }
          } onCancelRPC: {
            self.cancelled.withLock { $0.append(method.method) }
          }
          return [:]
        }
      }
    }
  }

  /// Serves until `body` returns. May be called again: the socket is a new one then, as after a restart.
  func serve<Result: Sendable>(
    _ body: @Sendable (CRIRuntime) async throws -> Result, options: CRIRuntimeOptions = .init()
  )
    async throws -> Result
  {
    try? FileManager.default.removeItem(atPath: path)
    let transport = HTTP2ServerTransport.Posix(
      address: .unixDomainSocket(path: path), transportSecurity: .plaintext)
    let server = Server(transport: transport, router: router.withLock { $0 })
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      defer {
        group.cancelAll()
        try? FileManager.default.removeItem(atPath: path)
      }
      _ = try await server.listeningAddress
      return try await body(try await CRIRuntime.connect(endpoint: path, options: options))
    }
  }
}
