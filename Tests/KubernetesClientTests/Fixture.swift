import KubernetesClient
import Logging
import Synchronization
import TestSupport

/// A machine of which tests decide the time, the files and the environment.
final class FakeMachine: Sendable {
  private struct State {
    var elapsed = Duration.zero
    var sleeps: [Duration] = []
    var files: [String: [UInt8]] = [:]
    var variables: [String: String] = [:]
  }

  private let state = Mutex(State())
  private let start = ContinuousClock.now

  /// How long the client waited between attempts.
  var sleeps: [Duration] { state.withLock { $0.sleeps } }

  func advance(by duration: Duration) {
    state.withLock { $0.elapsed += duration }
  }

  func write(_ text: String, to path: String) {
    state.withLock { $0.files[path] = Array(text.utf8) }
  }

  func set(_ name: String, _ value: String) {
    state.withLock { $0.variables[name] = value }
  }

  /// Waits take no time; the clock moves by itself and by `advance`.
  var environment: ClientEnvironment {
    var environment = ClientEnvironment.system
    let system = environment
    environment.now = { system.now() + self.state.withLock { $0.elapsed } }
    environment.instant = { ContinuousClock.now + self.state.withLock { $0.elapsed } }
    environment.sleep = { duration in
      self.state.withLock { $0.sleeps.append(duration) }
      try Task.checkCancellation()
    }
    environment.readFile = { path in
      if let bytes = self.state.withLock({ $0.files[path] }) { return bytes }
      return try system.readFile(path)
    }
    environment.variables = { self.state.withLock { $0.variables } }
    return environment
  }
}

/// Runs `body` with a client that is shut down afterwards.
func withClient<Result: Sendable>(
  _ configuration: ClientConfiguration, options: ClientOptions = .init(), machine: FakeMachine = FakeMachine(),
  _ body: (KubernetesClient) async throws -> Result
) async throws -> Result {
  let client = try KubernetesClient(
    configuration: configuration, options: options, logger: Logger(label: "test"), environment: machine.environment)
  let result: Result
  do {
    result = try await body(client)
  } catch {
    try await client.shutdown()
    throw error
  }
  try await client.shutdown()
  return result
}

/// Runs `body` with a client of a plain server.
func withServer<Result: Sendable>(
  options: ClientOptions = .init(), machine: FakeMachine = FakeMachine(), authentication: Authentication = .none,
  script: @escaping ScriptedServer.Script, _ body: (KubernetesClient, ScriptedServer) async throws -> Result
) async throws -> Result {
  try await ScriptedServer.with(script: script) { server in
    let configuration = ClientConfiguration(server: server.url, authentication: authentication)
    return try await withClient(configuration, options: options, machine: machine) { client in
      try await body(client, server)
    }
  }
}

/// The error that `body` throws.
func failure(of body: () async throws(KubernetesError) -> Void) async -> KubernetesError? {
  do {
    try await body()
    return nil
  } catch {
    return error
  }
}

/// Gives one answer after the other; the last one again and again.
final class Answers: Sendable {
  private let rest: Mutex<[ScriptedReply]>

  init(_ replies: [ScriptedReply]) {
    rest = Mutex(replies)
  }

  func next() -> ScriptedReply {
    rest.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
  }
}

/// JSON of a small object.
func namespaceJSON(_ name: String, version: String = "1") -> String {
  #"{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"\#(name)","resourceVersion":"\#(version)"}}"#
}

/// One line of a watch.
func eventJSON(_ type: String, _ object: String) -> String {
  #"{"type":"\#(type)","object":\#(object)}"# + "\n"
}

/// A value that closures share.
final class Locked<Value: Sendable>: Sendable {
  private let mutex: Mutex<Value>

  init(_ value: Value) {
    mutex = Mutex(value)
  }

  func withLock<Result: Sendable>(_ body: (inout sending Value) -> sending Result) -> Result {
    mutex.withLock(body)
  }
}

/// Counts how many things go on at once.
final class Gauge: Sendable {
  private let counts = Mutex((now: 0, most: 0))

  var now: Int { counts.withLock { $0.now } }
  var most: Int { counts.withLock { $0.most } }

  func begin() {
    counts.withLock {
      $0.now += 1
      $0.most = max($0.most, $0.now)
    }
  }

  func end() {
    counts.withLock { $0.now -= 1 }
  }
}
