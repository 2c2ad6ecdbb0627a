import Execution
import KubernetesClient
import Testing

@Suite struct JobVerdictTests {
  static let start = Timestamp(microseconds: 1_800_000_000_000_000)
  static let digest = "sha256:" + String(repeating: "b", count: 64)

  private func job(_ pods: [Pod], images: Int = 2, ending: StatusCondition? = nil) throws -> JobPicture {
    let items = (0..<images).map { JobOrder.Item(image: "r.io/i\($0):1") }
    let order = JobOrder(kind: .pull, node: "n", nodeUID: "u", items: items)
    var metadata = ObjectMeta(name: "j", namespace: "s", uid: "job", creationTimestamp: Self.start)
    metadata.annotations = [JobOrder.annotation: try order.text]
    let job = Job(metadata: metadata, status: JobStatus(conditions: ending.map { [$0] }))
    return try #require(JobPicture(job, pods: pods))
  }

  private func pod(
    _ states: [ContainerState], imageID: String? = nil, phase: String = "Running", reason: String? = nil,
    image: String? = nil, hasStarted: Bool = true
  ) -> Pod {
    var metadata = ObjectMeta(name: "p")
    metadata.ownerReferences = [OwnerReference(apiVersion: "batch/v1", kind: "Job", name: "j", uid: "job")]
    let containers = states.indices.map {
      PodContainer(name: JobManifest.container($0), image: image ?? "r.io/i\($0):1")
    }
    let statuses = states.enumerated().map {
      ContainerStatus(name: JobManifest.container($0.offset), imageID: imageID, state: $0.element)
    }
    let starter = ContainerState(terminated: .init(exitCode: 0, finishedAt: Self.start))
    return Pod(
      metadata: metadata, spec: PodSpec(containers: containers),
      status: PodStatus(
        phase: phase, containerStatuses: statuses,
        initContainerStatuses: [ContainerStatus(name: "starter", state: starter)], reason: reason,
        startTime: hasStarted ? Self.start : nil))
  }

  private func verdict(_ job: JobPicture, after seconds: Int = 1) -> JobVerdict {
    JobVerdict(pulling: job, deadline: .seconds(300), now: Self.start + .seconds(seconds))
  }

  private static let done = ContainerState(terminated: .init(exitCode: 0, finishedAt: start))
  private static let waiting = ContainerState(waiting: .init(reason: "ContainerCreating"))

  private func failure(_ outcome: JobVerdict.Outcome?) -> String? {
    if case .failed(let text)? = outcome { return text.reason }
    return nil
  }

  @Test(arguments: [
    // A container is only made once its image is there.
    ("CreateContainerConfigError", "", nil as String?), ("CreateContainerError", "", nil),
    ("RunContainerError", "", nil), ("CrashLoopBackOff", "", nil),
    ("ErrImagePull", "rpc error: code = NotFound desc = r.io/i0:1: not found", "NotFound"),
    ("ErrImagePull", "failed to authorize: 401 Unauthorized", "Unauthorized"),
    ("ImagePullBackOff", "Back-off pulling image \"r.io/i0:1\"", "ImagePullBackOff"),
    ("InvalidImageName", "couldn't parse", "InvalidImageName"),
    ("ErrImagePull", "dial tcp: lookup r.io: no such host", "DNS"),
  ])
  func whatAWaitingContainerSays(reason: String, message: String, expected: String?) throws {
    let state = ContainerState(waiting: .init(reason: reason, message: message))
    let outcomes = verdict(try job([pod([state, Self.waiting])])).outcomes
    if let expected {
      #expect(failure(outcomes[0]) == expected)
    } else {
      #expect(outcomes[0] == .present(digest: nil, id: nil))
    }
    #expect(outcomes[1] == .pending)
  }

  @Test(arguments: [
    ("r.io/i@" + digest, digest as String?, nil as String?), ("docker-pullable://r.io/i@" + digest, digest, nil),
    (digest, nil, digest), ("", nil, nil), ("garbage", nil, nil),
  ])
  func whichImageItIs(imageID: String, digest: String?, id: String?) throws {
    let verdict = verdict(try job([pod([Self.done, Self.done], imageID: imageID)]))
    #expect(verdict.outcomes == [.present(digest: digest, id: id), .present(digest: digest, id: id)])
    #expect(verdict.isSettled && verdict.failure == nil)
  }

  /// An image is there once its container was made, however that ended.
  @Test func aContainerThatFailedToStartHasItsImage() throws {
    let failed = ContainerState(terminated: .init(exitCode: 128, reason: "StartError"))
    #expect(verdict(try job([pod([failed, failed])])).outcomes.allSatisfy { $0 == .present(digest: nil, id: nil) })
  }

  @Test func aJobWithoutAPodEndsInAClearFailure() throws {
    let job = try job([])
    let early = verdict(job, after: 59)
    #expect(!early.isSettled && early.wakeAt == Self.start + .seconds(60))
    let late = verdict(job, after: 60)
    #expect(late.outcomes.map(failure) == ["NoPod", "NoPod"])
  }

  @Test func aPodThatFitsNowhereSaysWhy() throws {
    var pod = pod([Self.waiting, Self.waiting], phase: "Pending", hasStarted: false)
    pod.status?.conditions = [
      StatusCondition(type: "PodScheduled", status: .no, reason: "Unschedulable", message: "0/3 nodes are available")
    ]
    #expect(!verdict(try job([pod]), after: 59).isSettled)
    #expect(verdict(try job([pod]), after: 60).outcomes.map(failure) == ["Unschedulable", "Unschedulable"])
  }

  @Test func anEvictedPodKeepsWhatItHas() throws {
    let pod = pod([Self.done, Self.waiting], phase: "Failed", reason: "Evicted")
    let outcomes = verdict(try job([pod])).outcomes
    #expect(outcomes[0] == .present(digest: nil, id: nil) && failure(outcomes[1]) == "Evicted")
  }

  @Test func aLostPodIsAFailure() throws {
    let ending = StatusCondition(type: "Failed", status: .yes, reason: "BackoffLimitExceeded")
    #expect(verdict(try job([], ending: ending)).outcomes.map(failure) == ["PodLost", "PodLost"])
  }

  /// The pods of a Job that is complete may be gone already.
  @Test func aCompleteJobHasItsImages() throws {
    let ending = StatusCondition(type: "Complete", status: .yes)
    #expect(verdict(try job([], ending: ending)).outcomes.allSatisfy { $0 == .present(digest: nil, id: nil) })
  }

  /// Jobs and pods are followed apart.
  @Test func theNewsOfThePodMayComeLater() throws {
    var ending = StatusCondition(type: "Complete", status: .yes)
    ending.lastTransitionTime = Self.start + .seconds(5)
    let early = try job([pod([Self.waiting, Self.waiting])], ending: ending)
    #expect(verdict(early, after: 6).outcomes == [.pending, .pending])
    #expect(verdict(early, after: 6).wakeAt == Self.start + .seconds(15))
    #expect(verdict(early, after: 15).outcomes.allSatisfy { $0 == .present(digest: nil, id: nil) })
    let imageID = "r.io/i0@\(Self.digest)"
    let late = try job([pod([Self.done, Self.done], imageID: imageID, phase: "Succeeded")], ending: ending)
    #expect(verdict(late, after: 6).outcomes.allSatisfy { $0 == .present(digest: Self.digest, id: nil) })
  }

  @Test func twoPodsAreOneTooMany() throws {
    let pods = [pod([Self.done, Self.waiting]), pod([Self.waiting, Self.waiting])]
    let outcomes = verdict(try job(pods)).outcomes
    #expect(outcomes[0] == .present(digest: nil, id: nil) && failure(outcomes[1]) == "TwoPods")
  }

  /// The kubelet pulls one after the other: the deadline is that of the image whose turn it is.
  @Test func theDeadlineIsPerImage() throws {
    let job = try job([pod([Self.done, Self.waiting, Self.waiting])], images: 3)
    #expect(verdict(job, after: 299).wakeAt == Self.start + .seconds(300))
    let late = verdict(job, after: 300)
    #expect(failure(late.outcomes[1]) == "Timeout" && late.outcomes[2] == .returned && late.isSettled)
  }

  @Test func anImageThatAdmissionChangedIsNotTheOneThatWasAskedFor() throws {
    let pod = pod([Self.done, Self.done], image: "mirror.io/i:1")
    #expect(verdict(try job([pod])).outcomes.map(failure) == ["ImageRewritten", "ImageRewritten"])
  }
}
