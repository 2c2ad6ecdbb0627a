import Foundation

/// A port on which nobody listens now.
func freePort() throws -> Int {
  let listener = try Listener(backlog: 1)
  return listener.port
}

func isListening(_ port: Int) -> Bool {
  let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(file) }
  var address = loopback(port)
  return withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
}

private func loopback(_ port: Int) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(port).bigEndian
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  return address
}

/// A socket that listens and takes nothing. Once its queue is full, the kernel drops whatever comes: nobody answers,
/// nobody refuses.
final class Listener {
  let port: Int
  private let file: Int32
  private var callers: [Int32] = []

  init(backlog: Int32) throws {
    file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = loopback(0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let file = file
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(file, $0, length) == 0 && listen(file, backlog) == 0 && getsockname(file, $0, &length) == 0
      }
    }
    guard isBound else {
      close(file)
      throw ProgramFailure(program: "listen", output: String(cString: strerror(errno)))
    }
    port = Int(UInt16(bigEndian: address.sin_port))
  }

  deinit {
    for caller in callers { close(caller) }
    close(file)
  }

  /// Fills the queue, so that packets to the port vanish from now on.
  func swallow() {
    for _ in 0..<4 {
      let caller = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
      callers.append(caller)
      var address = loopback(port)
      _ = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(caller, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
  }
}
