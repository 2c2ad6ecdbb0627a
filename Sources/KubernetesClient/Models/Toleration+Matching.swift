extension Toleration {
  /// Whether this toleration covers a taint, as the scheduler decides it: an absent effect or key covers every
  /// effect or key, `Exists` every value. `tolerationSeconds` plays no part.
  public func tolerates(_ taint: Taint) -> Bool {
    if let effect, !effect.isEmpty, effect != taint.effect { return false }
    if let key, !key.isEmpty, key != taint.key { return false }
    switch self.operator ?? "" {
    case "", "Equal": return (value ?? "") == (taint.value ?? "")
    case "Exists": return true
    default: return false
    }
  }
}

extension [Toleration] {
  /// Whether at least one of the tolerations covers the taint.
  public func tolerate(_ taint: Taint) -> Bool {
    contains { $0.tolerates(taint) }
  }
}
