import Synchronization

/// Reads a source, and a file again once what it has is too old.
final class SourceReader: Sendable {
  private struct Reading {
    var value: SecretData
    var at: ContinuousClock.Instant
  }

  /// The most bytes that make sense for a token or a bundle of certificates.
  private static let maxBytes = 4 << 20

  private let source: CredentialSource
  private let maxAge: Duration
  private let environment: ClientEnvironment
  private let last = Mutex<Reading?>(nil)

  init(source: CredentialSource, maxAge: Duration, environment: ClientEnvironment) {
    self.source = source
    self.maxAge = maxAge
    self.environment = environment
  }

  /// - Throws: `CredentialError` where a file was never readable. One that was read before stays in use while it can't be
  ///   read again.
  func value() throws -> SecretData {
    switch source {
    case .inline(let data): return data
    case .file(let path): return try value(path, maxAge: maxAge)
    }
  }

  /// Forgets how fresh the last reading is.
  func reread() throws {
    if case .file(let path) = source { _ = try value(path, maxAge: .zero) }
  }

  private func value(_ path: String, maxAge: Duration) throws -> SecretData {
    try last.withLock { last in
      let now = environment.instant()
      if let last, now - last.at < maxAge { return last.value }
      do {
        let bytes = try environment.readFile(path)
        guard !bytes.isEmpty, bytes.count <= Self.maxBytes else {
          throw CredentialError(description: "\(path): is empty or too large")
        }
        let value = SecretData(bytes: bytes)
        last = Reading(value: value, at: now)
        return value
      } catch {
        guard let old = last?.value else {
          throw error as? CredentialError ?? CredentialError(description: "\(path): can't be read: \(error)")
        }
        last = Reading(value: old, at: now)
        return old
      }
    }
  }
}
