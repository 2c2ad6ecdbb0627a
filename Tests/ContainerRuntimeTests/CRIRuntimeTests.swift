import ContainerRuntime
import ContainerRuntimeProtocol
import Foundation
import GRPCCore
import OCI
import SwiftProtobuf
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct CRIRuntimeTests {
  typealias Images = Runtime_V1_ImageService.Method
  typealias Containerd = Containerd_Services_Images_V1_Images.Method
  typealias Content = Containerd_Services_Content_V1_Content.Method

  let server = FakeRuntimeServer()
  let reference: ImageReference

  init() throws {
    reference = try ImageReference(parsing: "r.test/a:1")
  }

  @Test func failsFastWhileDownAndWorksOnceBack() async throws {
    server.on(Images.ListImages.descriptor) { (_: Runtime_V1_ListImagesRequest) in
      Runtime_V1_ListImagesResponse.with { $0.images = [.with { $0.id = "sha256:1" }] }
    }
    let runtime = try await server.serve { (runtime) async throws -> CRIRuntime in
      #expect(try await runtime.images().map(\.id) == ["sha256:1"])
      return runtime
    }
    let clock = ContinuousClock()
    let start = clock.now
    let down = await #expect(throws: RuntimeError.self) { try await runtime.images() }
    #expect(down?.isUnavailable == true)
    let pull = await #expect(throws: RuntimeError.self) {
      try await runtime.pull(PullRequest(reference: reference)) { _ in }
    }
    #expect(pull?.isUnavailable == true && pull?.reason == .runtimeUnavailable)
    #expect(clock.now - start < .seconds(5))
    try await server.serve { (_) async throws -> Void in
      #expect(try await runtime.images().map(\.id) == ["sha256:1"])
    }
  }

  @Test func aSocketThatNobodyServesIsUnavailable() async throws {
    server.on(Images.ListImages.descriptor) { (_: Runtime_V1_ListImagesRequest) in
      try await Task.sleep(for: .seconds(600))
      return Runtime_V1_ListImagesResponse()
    }
    var options = CRIRuntimeOptions()
    options.readTimeout = .milliseconds(300)
    let error = await #expect(throws: RuntimeError.self) {
      try await server.serve({ runtime in _ = try await runtime.images() }, options: options)
    }
    #expect(error?.isUnavailable == true, "\(error as Any)")
  }

  @Test func listsPass4MiB() async throws {
    let name = String(repeating: "x", count: 1000)
    server.on(Images.ListImages.descriptor) { (_: Runtime_V1_ListImagesRequest) in
      Runtime_V1_ListImagesResponse.with { response in
        response.images = (0..<8000).map { index in .with { $0.repoTags = ["r.test/\(name):\(index)"] } }
      }
    }
    #expect(try await server.serve { try await $0.images().count } == 8000)
  }

  @Test func anAnswerWithoutAnImageIsNone() async throws {
    server.on(Images.ImageStatus.descriptor) { (request: Runtime_V1_ImageStatusRequest) in
      request.image.image == "r.test/a:1"
        ? Runtime_V1_ImageStatusResponse.with { $0.image.id = "sha256:1" } : Runtime_V1_ImageStatusResponse()
    }
    try await server.serve { (runtime) async throws -> Void in
      #expect(try await runtime.image(reference)?.id == "sha256:1")
      #expect(try await runtime.image(ImageReference(parsing: "r.test/b:1")) == nil)
    }
  }

  @Test func carriesCredentialsAndNamespace() async throws {
    let sent = Mutex<[Runtime_V1_PullImageRequest]>([])
    server.on(Images.PullImage.descriptor) { (request: Runtime_V1_PullImageRequest) in
      sent.withLock { $0.append(request) }
      return Runtime_V1_PullImageResponse.with { $0.imageRef = "sha256:1" }
    }
    try await server.serve { (runtime) async throws -> Void in
      for secret in [
        RegistryCredentials.Secret.password(username: "u", password: "p"), .auth("dTpw"), .identityToken("t"),
      ] {
        let request = PullRequest(
          reference: reference, credentials: RegistryCredentials(secret, serverAddress: ""), namespace: "team")
        #expect(try await runtime.pull(request) { _ in } == "sha256:1")
      }
      _ = try await runtime.pull(PullRequest(reference: reference)) { _ in }
    }
    let requests = sent.withLock { $0 }
    #expect(requests.map(\.image.image) == Array(repeating: "r.test/a:1", count: 4))
    #expect(requests.map(\.auth.serverAddress) == Array(repeating: "https://r.test", count: 3) + [""])
    #expect(requests[0].auth.username == "u" && requests[0].auth.password == "p")
    #expect(requests[1].auth.auth == "dTpw" && requests[2].auth.identityToken == "t")
    #expect(requests[0].sandboxConfig.metadata.namespace == "team")
    #expect(!requests[3].hasAuth && !requests[3].hasSandboxConfig)
  }

  @Test func cancellationReachesTheRuntime() async throws {
    hangPulls()
    try await server.serve { (runtime) async throws -> Void in
      let pull = Task { try await runtime.pull(PullRequest(reference: reference)) { _ in } }
      try await eventually("the pull arrives") { server.seen.withLock { $0["PullImage"] } }
      pull.cancel()
      let error = await #expect(throws: RuntimeError.self) { try await pull.value }
      #expect(error?.isCancelled == true && error?.reason == nil, "\(error as Any)")
      try await eventually("the runtime stops") { server.cancelled.withLock { $0.contains("PullImage") ? true : nil } }
    }
  }

  @Test func aPullWithoutProgressEnds() async throws {
    hangPulls()
    let offset = Mutex<Int64>(0)
    server.on(Content.ListStatuses.descriptor) { (_: Containerd_Services_Content_V1_ListStatusesRequest) in
      let reached = offset.withLock { offset in
        offset = min(offset + 10, 50)
        return offset
      }
      return .with {
        $0.statuses = [
          .with {
            $0.ref = "layer-sha256:" + String(repeating: "a", count: 64)
            $0.offset = reached == 10 ? 0 : reached
            $0.total = 100
          }
        ]
      } as Containerd_Services_Content_V1_ListStatusesResponse
    }
    var options = CRIRuntimeOptions()
    options.progressInterval = .milliseconds(10)
    options.progressTimeout = .milliseconds(500)
    let told = Mutex<[PullProgress]>([])
    let error = await #expect(throws: RuntimeError.self) {
      try await server.serve(
        { runtime in
          _ = try await runtime.pull(PullRequest(reference: reference)) { step in told.withLock { $0.append(step) } }
        }, options: options)
    }
    #expect(error?.reason == .timeout && error?.message.contains("nothing came from r.test") == true, "\(error as Any)")
    #expect(error?.isCancelled == false && error?.isUnavailable == false)
    let metadata = try #require(server.seen.withLock { $0["ListStatuses"] })
    #expect(Array(metadata[stringValues: "containerd-namespace"]) == ["k8s.io"])
  }

  @Test func aPullHasALimitWhereProgressIsUnknown() async throws {
    server.answerVersion(name: "cri-o", version: "1.31.0")
    hangPulls()
    var options = CRIRuntimeOptions()
    options.pullTimeout = .milliseconds(200)
    let error = await #expect(throws: RuntimeError.self) {
      try await server.serve(
        { runtime in _ = try await runtime.pull(PullRequest(reference: reference)) { _ in } }, options: options)
    }
    #expect(error?.reason == .timeout && error?.message.contains("not done") == true, "\(error as Any)")
  }

  @Test func whatTheRuntimeLacksIsUnsupported() async throws {
    server.answerVersion(name: "cri-o", version: "1.31.0")
    try await server.serve { (runtime) async throws -> Void in
      #expect(try await runtime.information().features.isEmpty)
      let errors = [
        await #expect(throws: RuntimeError.self) { try await runtime.untag(reference) },
        await #expect(throws: RuntimeError.self) { try await runtime.setPinned(true, id: "sha256:1") },
        await #expect(throws: RuntimeError.self) { _ = try await runtime.changes() },
      ]
      for error in errors { #expect(error?.isUnsupported == true, "\(error as Any)") }
    }
  }

  @Test func pinsByTheIDsRecordOnly() async throws {
    let labels = Mutex<[String: String]>(["other": "kept"])
    let updates = Mutex<[Containerd_Services_Images_V1_UpdateImageRequest]>([])
    server.on(Containerd.Get.descriptor) { (request: Containerd_Services_Images_V1_GetImageRequest) in
      .with {
        $0.image.name = request.name
        $0.image.labels = labels.withLock { $0 }
      } as Containerd_Services_Images_V1_GetImageResponse
    }
    server.on(Containerd.Update.descriptor) { (request: Containerd_Services_Images_V1_UpdateImageRequest) in
      updates.withLock { $0.append(request) }
      let label = "io.cri-containerd.pinned"
      labels.withLock { $0[label] = request.image.labels[label] }
      return Containerd_Services_Images_V1_UpdateImageResponse()
    }
    try await server.serve { (runtime) async throws -> Void in
      for pinned in [true, true, false, false] { try await runtime.setPinned(pinned, id: "sha256:1") }
    }
    let sent = updates.withLock { $0 }
    #expect(sent.map(\.image.name) == ["sha256:1", "sha256:1"])
    #expect(sent.map(\.updateMask.paths) == [["labels.io.cri-containerd.pinned"], ["labels.io.cri-containerd.pinned"]])
    #expect(sent.map(\.image.labels) == [["io.cri-containerd.pinned": "pinned"], [:]])
  }

  /// A Job that has pulled an image isn't one that uses it.
  @Test func containersOfPullJobsDoNotCount() async throws {
    let labels = [
      ["io.kubernetes.pod.name": "swiftlet-pull-1f-x", "io.kubernetes.container.name": "image-3"],
      ["io.kubernetes.pod.name": "swiftlet-pull-2a-y", "io.kubernetes.container.name": "images"],
      ["io.kubernetes.pod.name": "web", "io.kubernetes.container.name": "image-3"],
      ["io.kubernetes.pod.name": "swiftlet-pull-1f-x", "io.kubernetes.container.name": "injected"],
      [:],
    ]
    server.on(Runtime_V1_RuntimeService.Method.ListContainers.descriptor) { (_: Runtime_V1_ListContainersRequest) in
      Runtime_V1_ListContainersResponse.with { response in
        response.containers = labels.enumerated().map { index, labels in
          .with {
            $0.id = "\(index)"
            $0.labels = labels
          }
        }
      }
    }
    try await server.serve { (runtime) async throws -> Void in
      #expect(try await runtime.containers().map(\.id) == ["2", "3", "4"])
    }
  }

  @Test(arguments: [("2.1.4", true), ("1.7.24", false)])
  func imagesThatContainersMountAreAskedForOnce(version: String, isAsked: Bool) async throws {
    typealias Service = Runtime_V1_RuntimeService.Method
    server.answerVersion(name: "containerd", version: version)
    server.on(Service.ListContainers.descriptor) { (_: Runtime_V1_ListContainersRequest) in
      Runtime_V1_ListContainersResponse.with {
        $0.containers = ["a", "b", "gone"].map { id in
          .with {
            $0.id = id
            $0.imageID = "sha256:1"
          }
        }
      }
    }
    let asked = Mutex<[String]>([])
    server.on(Service.ContainerStatus.descriptor) { (request: Runtime_V1_ContainerStatusRequest) in
      asked.withLock { $0.append(request.containerID) }
      if request.containerID == "gone" { throw RPCError(code: .notFound, message: "no such container") }
      return Runtime_V1_ContainerStatusResponse.with {
        $0.status.mounts = [.init()]
        if request.containerID == "b" { $0.status.mounts.append(.with { $0.image.image = "sha256:2" }) }
      }
    }
    try await server.serve { (runtime) async throws -> Void in
      for _ in 0..<2 {
        let containers = try await runtime.containers()
        #expect(containers.map(\.imageID) == ["sha256:1", "sha256:1", "sha256:1"])
        #expect(containers.map(\.volumeImages) == [[], isAsked ? ["sha256:2"] : [], []])
      }
    }
    #expect(asked.withLock { $0 } == (isAsked ? ["a", "b", "gone", "gone"] : []))
  }

  @Test func aConnectionThatARestartCutIsReplacedWithinTheCall() async throws {
    server.on(Images.ListImages.descriptor) { (_: Runtime_V1_ListImagesRequest) in Runtime_V1_ListImagesResponse() }
    let runtime = try await server.serve { (runtime) async throws -> CRIRuntime in
      for _ in 0..<3 { _ = try await runtime.images() }
      return runtime
    }
    // No call tells the runtime's end: the next one finds out by itself, and works.
    try await server.serve { (_) async throws -> Void in
      #expect(try await runtime.images().isEmpty)
    }
  }

  @Test func theFileSystemIsMeasuredBelowTheHostsRoot() async throws {
    server.on(Images.ImageFsInfo.descriptor) { (_: Runtime_V1_ImageFsInfoRequest) in
      Runtime_V1_ImageFsInfoResponse.with {
        $0.imageFilesystems = [
          .with {
            $0.fsID.mountpoint = "/tmp"
            $0.usedBytes.value = 42
          }
        ]
      }
    }
    var options = CRIRuntimeOptions()
    let seen = try await server.serve({ try await $0.filesystem() }, options: options)
    #expect(seen.mountpoint == "/tmp" && seen.usedBytes == 42)
    #expect(try #require(seen.capacityBytes) > 0 && seen.availableBytes ?? .max <= seen.capacityBytes ?? 0)
    options.hostRoot = "/nowhere"
    let unseen = try await server.serve({ try await $0.filesystem() }, options: options)
    #expect(unseen.capacityBytes == nil && unseen.availableBytes == nil)
  }

  private func hangPulls() {
    server.on(Images.PullImage.descriptor) { (_: Runtime_V1_PullImageRequest) in
      try await Task.sleep(for: .seconds(600))
      return Runtime_V1_PullImageResponse()
    }
  }
}
