#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import Synchronization

/// Where log lines go: one after the other, each in one piece.
package final class LogSink: Sendable {
  private let write: Mutex<@Sendable (String) -> Void>

  package init(_ write: @escaping @Sendable (String) -> Void) {
    self.write = Mutex(write)
  }

  package func callAsFunction(_ line: String) {
    write.withLock { $0(line) }
  }

  /// Standard error, unbuffered. A line that can't be written is lost.
  package static let standardError = LogSink { line in
    var line = line
    line.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while let start = rest.baseAddress, !rest.isEmpty {
        #if canImport(Glibc)
          let count = Glibc.write(STDERR_FILENO, start, rest.count)
        #elseif canImport(Musl)
          let count = Musl.write(STDERR_FILENO, start, rest.count)
        #else
          let count = Darwin.write(STDERR_FILENO, start, rest.count)
        #endif
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }
}
