/// The credentials of a plugin, kept until they expire or are refused.
actor ExecCredentials {
  private struct Cached {
    var identity: Identity
    var expires: Timestamp?
  }

  /// How long before they expire credentials count as expired.
  private static let margin = Duration.seconds(10)

  private let plugin: ExecPlugin
  private let configuration: ClientConfiguration
  private let environment: ClientEnvironment
  private var cached: Cached?
  /// The run that all who need credentials now wait for. It ends with the plugin's deadline.
  private var running: Task<Cached, any Error>?

  init(plugin: ExecPlugin, configuration: ClientConfiguration, environment: ClientEnvironment) {
    self.plugin = plugin
    self.configuration = configuration
    self.environment = environment
  }

  /// - Throws: `CredentialError`.
  func current() async throws -> Identity {
    if let cached, !isExpired(cached) { return cached.identity }
    if let running { return try await running.value.identity }
    let run = Task { try await self.run() }
    running = run
    defer { running = nil }
    let fresh = try await run.value
    cached = fresh
    return fresh.identity
  }

  /// Drops what is cached, if it is what the server refused.
  func forget(_ rejected: Credential) {
    guard let identity = cached?.identity else { return }
    if identity.authorization == rejected.authorization || identity.authorization == nil { cached = nil }
  }

  private func isExpired(_ cached: Cached) -> Bool {
    guard let expires = cached.expires else { return false }
    return expires - environment.now() <= Self.margin
  }

  private func run() async throws -> Cached {
    let request = ExecCredentialRequest(plugin: plugin, configuration: configuration)
    var variables = environment.variables()
    for (name, value) in plugin.environment { variables[name] = value }
    variables["KUBERNETES_EXEC_INFO"] = try request.text(readFile: environment.readFile)
    let program = ChildProgram(
      command: plugin.command, arguments: plugin.arguments, environment: variables, timeout: plugin.timeout,
      maxOutputBytes: 1 << 20)
    let output: [UInt8]
    do {
      output = try await program.run()
    } catch let error as ChildProgram.Failure {
      throw CredentialError(description: request.explain(error))
    }
    let answer = try ExecCredentialAnswer(output, plugin: plugin)
    return Cached(identity: answer.identity, expires: answer.expires)
  }
}
