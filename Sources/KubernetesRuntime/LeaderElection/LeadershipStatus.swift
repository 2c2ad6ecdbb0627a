/// Where a leader elector stands.
public enum LeadershipStatus: Sendable, Hashable {
  /// Somebody else leads, or nobody does; the holder as last seen.
  case candidate(holder: String?)
  case leading
  /// Leadership is over or being given up, and the body hasn't ended yet. Where this lasts, the body ignores its
  /// cancellation, and only the end of the process helps: let the liveness probe fail.
  case ending
}
