#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import Synchronization

/// Tells a thread that waits in `poll` to stop waiting: a pipe that is closed for it.
final class StopSignal: Sendable {
  /// Becomes ready when the signal is sent.
  let descriptor: Int32
  private let sender: Mutex<Int32?>

  /// - Throws: `ChildProgram.Failure`.
  init() throws {
    let ends = try ChildProgram.makePipe()
    descriptor = ends.read
    sender = Mutex(ends.write)
  }

  deinit {
    send()
    close(descriptor)
  }

  var isSent: Bool { sender.withLock { $0 == nil } }

  func send() {
    let sender = sender.withLock { sender in
      defer { sender = nil }
      return sender
    }
    if let sender { close(sender) }
  }
}
