#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import Synchronization

extension ChildProgram {
  /// Held while a pipe is made and while a program is started: one that starts in between would inherit the pipe, and
  /// keep it open.
  private static let starting = Mutex(())

  /// - Throws: `Failure`.
  func runBlocking(until stop: StopSignal) throws -> [UInt8] {
    let deadline = ContinuousClock.now + timeout
    let output = try Self.makePipe()
    defer { close(output.read) }
    let child: pid_t
    do {
      defer { close(output.write) }
      let input = try inputDescriptor()
      defer { if let input { close(input) } }
      child = try spawn(input: input, output: output.write)
    }
    do {
      let bytes = try read(output.read, until: deadline, stop)
      try wait(child, until: deadline, stop)
      return bytes
    } catch let failure as Failure {
      if failure.leavesChildRunning { end(child) }
      throw failure
    }
  }

  /// A pipe that no program inherits unless it is given to it.
  static func makePipe() throws -> (read: Int32, write: Int32) {
    try starting.withLock { _ in
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { throw Failure.notStarted(errno: errno) }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return (ends[0], ends[1])
    }
  }

  /// A pipe that holds all of the input already, so nothing has to be written while the program runs. Nil where there is
  /// none.
  private func inputDescriptor() throws -> Int32? {
    guard !input.isEmpty else { return nil }
    let ends = try Self.makePipe()
    defer { close(ends.write) }
    // Rather an error than waiting for room that nobody makes.
    _ = fcntl(ends.write, F_SETFL, O_NONBLOCK)
    guard systemWrite(ends.write, input, input.count) == input.count else {
      close(ends.read)
      throw Failure.tooMuchInput
    }
    return ends.read
  }

  private static let maxStarts = 10
  /// In microseconds.
  private static let startPause: UInt32 = 20_000

  private func spawn(input: Int32?, output: Int32) throws -> pid_t {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    if errorOutput == .discarded { posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) }
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
    var result: Int32 = 0
    for attempt in 1...Self.maxStarts {
      result = Self.starting.withLock { _ in
        posix_spawnp(&child, command, &actions, &attributes, words, variables)
      }
      // The file was written a moment ago, and somebody's child still has it open until it is another program.
      guard result == ETXTBSY, attempt < Self.maxStarts else { break }
      usleep(Self.startPause)
    }
    guard result == 0 else { throw Failure.notStarted(errno: result) }
    return child
  }

  private func read(
    _ descriptor: Int32, until deadline: ContinuousClock.Instant, _ stop: StopSignal
  ) throws -> [UInt8] {
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      var pollers = [
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: stop.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      let ready = poll(&pollers, 2, Self.milliseconds(until: deadline))
      if ready < 0 && errno == EINTR { continue }
      guard ready >= 0 else { throw Failure.notRead(errno: errno) }
      guard !stop.isSent else { throw Failure.cancelled }
      guard ready > 0 else { throw Failure.timedOut(timeout) }
      let count = systemRead(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw Failure.notRead(errno: errno) }
      guard count > 0 else { return output }
      output += buffer[..<count]
      guard output.count <= maxOutputBytes else { throw Failure.tooMuchOutput(limit: maxOutputBytes) }
    }
  }

  /// Waits for the end of a child that has closed its output, and ends what it left behind.
  private func wait(_ child: pid_t, until deadline: ContinuousClock.Instant, _ stop: StopSignal) throws {
    while true {
      var information = siginfo_t()
      // Not collected yet: until then no other process can have its number, nor another group that of its group.
      let result = waitid(P_PID, id_t(child), &information, WEXITED | WNOHANG | WNOWAIT)
      guard result == 0 || errno == EINTR else { throw Failure.notRead(errno: errno) }
      if result == 0, information.si_signo == SIGCHLD { break }
      guard !stop.isSent else { throw Failure.cancelled }
      guard ContinuousClock.now < deadline else { throw Failure.timedOut(timeout) }
      usleep(2_000)
    }
    let status = end(child)
    // The two halves of a wait status: the signal below, the exit status above.
    let signal = status & 0x7f
    guard signal == 0 else { throw Failure.killed(signal: signal) }
    guard status == 0 else { throw Failure.exited(status: status >> 8 & 0xff) }
  }

  /// Kills the child with all of its group and collects it.
  ///
  /// - Returns: how the child ended.
  @discardableResult
  private func end(_ child: pid_t) -> Int32 {
    kill(-child, SIGKILL)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    return status
  }

  private static func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
    let left = deadline - ContinuousClock.now
    guard left > .zero else { return 0 }
    let (seconds, attoseconds) = left.components
    return Int32(clamping: seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1)
  }
}

extension ChildProgram.Failure {
  /// Whether the program, or what is to interpret it, isn't there.
  package var isAboutMissingFile: Bool {
    if case .notStarted(let number) = self { number == ENOENT } else { false }
  }

  fileprivate var leavesChildRunning: Bool {
    switch self {
    case .timedOut, .tooMuchOutput, .notRead, .cancelled: true
    case .notStarted, .exited, .killed, .tooMuchInput: false
    }
  }
}

/// The system call, whose name the method above hides.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, buffer, count)
}

private func systemWrite(_ descriptor: Int32, _ bytes: [UInt8], _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
