#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension ChildProgram {
  /// - Throws: `Failure`.
  func runBlocking() throws -> [UInt8] {
    let deadline = ContinuousClock.now + timeout
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Failure.notStarted(errno: errno) }
    let (readEnd, writeEnd) = (ends[0], ends[1])
    defer { close(readEnd) }
    _ = fcntl(readEnd, F_SETFD, FD_CLOEXEC)
    _ = fcntl(writeEnd, F_SETFD, FD_CLOEXEC)
    let child: pid_t
    do {
      defer { close(writeEnd) }
      child = try spawn(output: writeEnd)
    }
    do {
      let output = try read(readEnd, until: deadline)
      try wait(child, until: deadline)
      return output
    } catch let failure as Failure {
      if failure.leavesChildRunning { end(child) }
      throw failure
    }
  }

  private func spawn(output: Int32) throws -> pid_t {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Its own process group, so that its children end with it, and no signal ignored or blocked because we do.
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))

    let words = ([command] + arguments).map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer {
      for pointer in words + variables { free(pointer) }
    }
    var child: pid_t = 0
    let result = posix_spawnp(&child, command, &actions, &attributes, words, variables)
    guard result == 0 else { throw Failure.notStarted(errno: result) }
    return child
  }

  private func read(_ descriptor: Int32, until deadline: ContinuousClock.Instant) throws -> [UInt8] {
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&poller, 1, Self.milliseconds(until: deadline))
      if ready < 0 && errno == EINTR { continue }
      guard ready >= 0 else { throw Failure.notRead(errno: errno) }
      guard ready > 0 else { throw Failure.timedOut(timeout) }
      let count = systemRead(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw Failure.notRead(errno: errno) }
      guard count > 0 else { return output }
      output += buffer[..<count]
      guard output.count <= maxOutputBytes else { throw Failure.tooMuchOutput(limit: maxOutputBytes) }
    }
  }

  /// Waits for the end of a child that has closed its output.
  private func wait(_ child: pid_t, until deadline: ContinuousClock.Instant) throws {
    var status: Int32 = 0
    while true {
      let result = waitpid(child, &status, WNOHANG)
      if result == child { break }
      guard result == 0 || errno == EINTR else { throw Failure.notRead(errno: errno) }
      guard ContinuousClock.now < deadline else { throw Failure.timedOut(timeout) }
      usleep(2_000)
    }
    // The two halves of a wait status: the signal below, the exit status above.
    let signal = status & 0x7f
    guard signal == 0 else { throw Failure.killed(signal: signal) }
    guard status == 0 else { throw Failure.exited(status: status >> 8 & 0xff) }
  }

  /// Kills the child with all of its group and collects it.
  private func end(_ child: pid_t) {
    kill(-child, SIGKILL)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
  }

  private static func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
    let left = deadline - ContinuousClock.now
    guard left > .zero else { return 0 }
    let (seconds, attoseconds) = left.components
    return Int32(clamping: seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1)
  }
}

extension ChildProgram.Failure {
  fileprivate var leavesChildRunning: Bool {
    switch self {
    case .timedOut, .tooMuchOutput, .notRead: true
    case .notStarted, .exited, .killed: false
    }
  }
}

/// The system call, whose name the method above hides.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, buffer, count)
}
