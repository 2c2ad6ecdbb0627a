/// The times of a leader election.
public struct LeaderTiming: Sendable, Hashable {
  /// How long other candidates wait since they last saw the lease change.
  public let leaseDuration: Duration
  /// A leader that couldn't renew for so long no longer leads. Shorter than `leaseDuration`; what lies between is the
  /// margin for writes that are still on their way.
  public let renewDeadline: Duration
  /// The time between renewals, and between a candidate's looks at the lease.
  public let retryPeriod: Duration
  /// A candidate's look is put off by up to this share of `retryPeriod`, so that candidates don't move together.
  public let jitter: Double

  /// 15 s, 10 s and 2 s, as the control plane's own components have it.
  public static let standard = LeaderTiming()

  /// `renewDeadline` is cut to four fifths of `leaseDuration`, and `retryPeriod` to a third of `renewDeadline`.
  public init(
    leaseDuration: Duration = .seconds(15), renewDeadline: Duration = .seconds(10),
    retryPeriod: Duration = .seconds(2), jitter: Double = 0.2
  ) {
    self.leaseDuration = leaseDuration
    self.renewDeadline = min(renewDeadline, leaseDuration * 4 / 5)
    self.retryPeriod = min(retryPeriod, self.renewDeadline / 3)
    self.jitter = max(0, jitter)
  }
}
