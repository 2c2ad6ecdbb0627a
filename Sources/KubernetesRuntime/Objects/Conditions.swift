public import KubernetesClient

extension [Condition] {
  /// Sets the condition of this type, adding it where there is none.
  ///
  /// `lastTransitionTime` moves to `now` (in whole seconds, as the API keeps it) only when the status differs from
  /// the one before; a new reason or message alone leaves it.
  ///
  /// - Returns: whether anything changed; if not, there is nothing to write.
  @discardableResult
  public mutating func set(
    type: String, status: Condition.Status, reason: String, message: String = "", observedGeneration: Int64? = nil,
    now: Timestamp
  ) -> Bool {
    guard let index = firstIndex(where: { $0.type == type }) else {
      append(
        Condition(
          type: type, status: status, observedGeneration: observedGeneration, lastTransitionTime: now.wholeSeconds,
          reason: reason, message: message))
      return true
    }
    let old = self[index]
    let new = Condition(
      type: type, status: status, observedGeneration: observedGeneration,
      lastTransitionTime: old.status == status ? old.lastTransitionTime : now.wholeSeconds, reason: reason,
      message: message)
    self[index] = new
    return old != new
  }

  /// The condition of this type.
  public func condition(_ type: String) -> Condition? {
    first { $0.type == type }
  }

  /// Whether there is a condition of this type with status `True`.
  public func isTrue(_ type: String) -> Bool {
    condition(type)?.status == .yes
  }

  /// Removes the condition of this type.
  ///
  /// - Returns: whether there was one.
  @discardableResult
  public mutating func remove(type: String) -> Bool {
    let before = count
    removeAll { $0.type == type }
    return count != before
  }
}
