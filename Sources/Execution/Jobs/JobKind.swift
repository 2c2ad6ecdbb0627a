/// What a Job does on its node.
package enum JobKind: String, Codable, Sendable, Hashable, CaseIterable {
  /// Has the kubelet pull images.
  case pull
  /// Asks the runtime which images are there.
  case look
  /// Removes images.
  case remove

  /// Whether it speaks to the runtime itself, over a socket of the host.
  package var needsRuntime: Bool { self != .pull }
}
