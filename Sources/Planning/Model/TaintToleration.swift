/// A taint that a demand puts up with.
package struct TaintToleration: Hashable, Sendable {
  package enum Match: Hashable, Sendable {
    case exists
    case equal(String)
  }

  /// Every key where absent; that needs `exists`.
  package var key: String?
  package var match: Match
  /// Every effect where absent.
  package var effect: NodeTaint.Effect?

  package init(key: String? = nil, match: Match = .exists, effect: NodeTaint.Effect? = nil) {
    self.key = key
    self.match = match
    self.effect = effect
  }

  package func tolerates(_ taint: NodeTaint) -> Bool {
    if let effect, effect != taint.effect { return false }
    if let key, key != taint.key { return false }
    switch match {
    case .exists: return true
    case .equal(let value): return key != nil && value == taint.value
    }
  }
}
