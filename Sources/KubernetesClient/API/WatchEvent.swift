/// What a watch reports. The server's ERROR events are thrown as `KubernetesError` instead.
public enum WatchEvent<R: Sendable>: Sendable {
  case added(R)
  case modified(R)
  /// With the object's last state.
  case deleted(R)
  /// Nothing up to `resourceVersion` was missed. `initialEventsEnd` closes the state that `sendInitialEvents` asked for.
  case bookmark(resourceVersion: String, initialEventsEnd: Bool)
}

extension WatchEvent: Equatable where R: Equatable {}
extension WatchEvent: Hashable where R: Hashable {}
