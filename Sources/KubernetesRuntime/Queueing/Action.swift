/// What a reconcile asks for.
public enum Action: Sendable, Hashable {
  /// Nothing more to do until something changes.
  case settled
  /// Look again after this time, or earlier when something changes.
  case requeue(after: Duration)
}
