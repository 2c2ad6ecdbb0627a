import Execution
import KubernetesClient
import Testing

/// Jobs that mount their images into one container.
@Suite struct MountVerdictTests {
  static let start = Timestamp(microseconds: 1_800_000_000_000_000)
  static let starter = "r.io/starter@sha256:" + String(repeating: "5", count: 64)
  static let names = ["r.io/i0:1", "r.io/i1:1"]

  private func job(_ pods: [Pod], ending: String? = nil) throws -> JobPicture {
    var order = JobOrder(kind: .pull, node: "n", nodeUID: "u", items: Self.names.map { JobOrder.Item(image: $0) })
    order.mountsImages = true
    var metadata = ObjectMeta(name: "j", namespace: "s", uid: "job", creationTimestamp: Self.start)
    metadata.annotations = [JobOrder.annotation: try order.text]
    let status = JobStatus(conditions: ending.map { [StatusCondition(type: $0, status: .yes)] })
    return try #require(JobPicture(Job(metadata: metadata, status: status), pods: pods.map(\.trimmedForExecution)))
  }

  private func pod(
    _ state: ContainerState?, images: [String?] = Self.names, mounts: [VolumeMountStatus]? = nil,
    phase: String = "Pending", reason: String? = nil
  ) -> Pod {
    var metadata = ObjectMeta(name: "p")
    metadata.ownerReferences = [OwnerReference(apiVersion: "batch/v1", kind: "Job", name: "j", uid: "job")]
    let volumes = images.enumerated().map { index, image in
      PodVolume(name: JobManifest.volume(index), image: image.map { ImageVolumeSource(reference: $0) })
    }
    let statuses = state.map {
      [
        ContainerStatus(
          name: JobManifest.mounter, imageID: $0.waiting == nil ? Self.starter : nil, state: $0, volumeMounts: mounts)
      ]
    }
    return Pod(
      metadata: metadata,
      spec: PodSpec(containers: [PodContainer(name: JobManifest.mounter, image: "r.io/starter")], volumes: volumes),
      status: PodStatus(phase: phase, containerStatuses: statuses, reason: reason, startTime: Self.start))
  }

  private func verdict(_ job: JobPicture, after seconds: Int = 1) -> JobVerdict {
    JobVerdict(pulling: job, deadline: .seconds(300), now: Self.start + .seconds(seconds))
  }

  private static func waiting(_ reason: String, _ message: String? = nil) -> ContainerState {
    ContainerState(waiting: .init(reason: reason, message: message))
  }

  private static let done = ContainerState(terminated: .init(exitCode: 0, finishedAt: start))
  private static let there = JobVerdict.Outcome.present(digest: nil, id: nil)

  /// The container's own image is the starter's, and no digest of any other.
  @Test(arguments: [done, ContainerState(running: .init(startedAt: start))])
  func aContainerThatRanHasAllImages(state: ContainerState) throws {
    let verdict = verdict(try job([pod(state)]))
    #expect(verdict.outcomes == [Self.there, Self.there] && !verdict.isStalled)
  }

  @Test func aKubeletThatNamesDigestsIsHeard() throws {
    let digest = "sha256:" + String(repeating: "b", count: 64)
    let mount = VolumeMountStatus(
      name: JobManifest.volume(1), volumeStatus: VolumeStatus(image: ImageVolumeStatus(imageRef: "r.io/i1@\(digest)")))
    let outcomes = verdict(try job([pod(Self.done, mounts: [mount])])).outcomes
    #expect(outcomes == [Self.there, .present(digest: digest, id: nil)])
  }

  /// One container can name one image only, others may have failed as well, or be the starter's.
  @Test(arguments: [
    "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageVolumeMountFailed",
    "CreateContainerConfigError", "CreateContainerError",
  ])
  func aContainerThatWaitsBlamesNone(reason: String) throws {
    let state = Self.waiting(reason, "failed to pull r.io/i1:1: not found")
    let verdict = verdict(try job([pod(state)]))
    #expect(verdict.outcomes == [.returned, .returned])
    #expect(verdict.isSettled && !verdict.isStalled && verdict.failure == nil)
  }

  @Test(arguments: [nil, waiting("ContainerCreating"), waiting("PodInitializing"), waiting("")])
  func whatHasNoResultIsPending(state: ContainerState?) throws {
    let job = try job([pod(state)])
    #expect(verdict(job, after: 59).outcomes == [.pending, .pending])
    #expect(verdict(job, after: 59).wakeAt == Self.start + .seconds(60))
    let late = verdict(job, after: 60)
    #expect(late.outcomes == [.returned, .returned] && late.isStalled)
  }

  /// An API server that doesn't know of such volumes makes empty folders of them, and the container runs.
  @Test(arguments: [[nil, nil], [names[0], nil], [names[0]]] as [[String?]])
  func aPodWithoutTheVolumesSaysNothing(images: [String?]) throws {
    let verdict = verdict(try job([pod(Self.done, images: images, phase: "Succeeded")], ending: "Complete"))
    #expect(verdict.outcomes == [.returned, .returned] && verdict.isStalled)
  }

  @Test func anImageThatAdmissionChangedIsNotTheOneThatWasAskedFor() throws {
    let outcomes = verdict(try job([pod(Self.done, images: [Self.names[0], "mirror.io/i1:1"])])).outcomes
    #expect(outcomes[0] == Self.there)
    guard case .failed(let text) = outcomes[1] else { throw Unexpected() }
    #expect(text.reason == "ImageRewritten" && text.message?.contains("mirror.io/i1:1") == true)
  }

  private struct Unexpected: Error {}

  @Test func aCompleteJobHasItsImagesIfItsPodMountedThem() throws {
    #expect(verdict(try job([pod(nil)], ending: "Complete")).outcomes == [Self.there, Self.there])
    #expect(verdict(try job([], ending: "Complete")).outcomes == [.returned, .returned])
  }

  /// A policy against such volumes keeps their pods out, and perhaps no others.
  @Test func aJobWithoutAPodIsTriedTheOtherWay() throws {
    #expect(verdict(try job([]), after: 59).outcomes == [.pending, .pending])
    let late = verdict(try job([]), after: 60)
    #expect(late.outcomes == [.returned, .returned] && late.isStalled)
  }

  @Test func aPodThatIsEvictedIsAFailure() throws {
    let verdict = verdict(try job([pod(Self.waiting("ContainerCreating"), phase: "Failed", reason: "Evicted")]))
    #expect(verdict.failure?.reason == "Evicted" && verdict.isSettled && !verdict.isStalled)
  }

  @Test func aContainerThatGotLostSaysNothing() throws {
    let state = ContainerState(terminated: .init(exitCode: 137, reason: "ContainerStatusUnknown"))
    #expect(verdict(try job([pod(state)])).outcomes == [.pending, .pending])
  }
}
