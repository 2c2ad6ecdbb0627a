/// `v1.ContainerState`: exactly one of its parts is there; none of them counts as waiting.
public struct ContainerState: Codable, Sendable, Hashable {
  public var waiting: Waiting?
  public var running: Running?
  public var terminated: Terminated?

  public init(waiting: Waiting? = nil, running: Running? = nil, terminated: Terminated? = nil) {
    self.waiting = waiting
    self.running = running
    self.terminated = terminated
  }

  /// `v1.ContainerStateWaiting`.
  public struct Waiting: Codable, Sendable, Hashable {
    /// Such as `ContainerCreating` or `ErrImagePull`.
    public var reason: String?
    public var message: String?

    public init(reason: String? = nil, message: String? = nil) {
      self.reason = reason
      self.message = message
    }
  }

  /// `v1.ContainerStateRunning`.
  public struct Running: Codable, Sendable, Hashable {
    public var startedAt: Timestamp?

    public init(startedAt: Timestamp? = nil) {
      self.startedAt = startedAt
    }
  }

  /// `v1.ContainerStateTerminated` in part.
  public struct Terminated: Codable, Sendable, Hashable {
    public var exitCode: Int?
    public var reason: String?
    /// What the container wrote as its termination message, or why it failed to start.
    public var message: String?
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?

    public init(
      exitCode: Int? = nil, reason: String? = nil, message: String? = nil, startedAt: Timestamp? = nil,
      finishedAt: Timestamp? = nil
    ) {
      self.exitCode = exitCode
      self.reason = reason
      self.message = message
      self.startedAt = startedAt
      self.finishedAt = finishedAt
    }
  }
}
