import Agent
import ArgumentParser
import Commands
import KubernetesRuntime
import Logging
import Observability
import Operator
import Testing

struct ArgumentTests {
  private func controller(_ arguments: [String]) throws -> ControllerCommand {
    try #require(try SwiftletCommand.parseAsRoot(["controller"] + arguments) as? ControllerCommand)
  }

  @Test func aControllerHasDefaults() throws {
    let configuration = try controller([]).operatorConfiguration(Environment(["POD_NAME": "c-0"]))
    #expect(configuration.namespace == "swiftlet-system")
    #expect(configuration.identity == "c-0")
    #expect(configuration.metricsAddress?.port == 8080)
    #expect(configuration.healthAddress?.port == 8081)
    #expect(configuration.electsLeader)
    #expect(configuration.leaderTiming == .standard)
  }

  @Test func flagsCountMoreThanVariables() throws {
    let environment = Environment([
      "POD_NAMESPACE": "a", "SWIFTLET_LEADER_ELECT": "false", "SWIFTLET_METRICS_BIND_ADDRESS": "127.0.0.1:1",
    ])
    let byVariables = try controller([]).operatorConfiguration(environment)
    #expect(byVariables.namespace == "a")
    #expect(!byVariables.electsLeader)
    #expect(byVariables.metricsAddress?.port == 1)
    let byFlags = try controller([
      "--namespace", "b", "--leader-elect", "true", "--metrics-bind-address", "0", "--leader-elect-lease-duration",
      "1m",
    ]).operatorConfiguration(environment)
    #expect(byFlags.namespace == "b")
    #expect(byFlags.electsLeader)
    #expect(byFlags.metricsAddress == nil)
    #expect(byFlags.leaderTiming.leaseDuration == .seconds(60))
  }

  @Test func credentialPluginsAreFoundWhereTheKubeletFindsThem() throws {
    func place(_ arguments: [String], _ variables: [String: String] = [:]) throws -> CredentialPluginPlace? {
      let agent = try #require(
        try SwiftletCommand.parseAsRoot(["agent", "--node-name", "n"] + arguments) as? AgentCommand)
      return try agent.credentialPlugins.place(Environment(variables))
    }
    let expected = CredentialPluginPlace(configuration: "/etc/c.yaml", folder: "/opt/bin")
    let flags = [
      "--image-credential-provider-config=/etc/c.yaml", "--image-credential-provider-bin-dir", "/opt/bin",
    ]
    let variables = [
      "SWIFTLET_IMAGE_CREDENTIAL_PROVIDER_CONFIG": "/etc/c.yaml",
      "SWIFTLET_IMAGE_CREDENTIAL_PROVIDER_BIN_DIR": "/opt/bin",
    ]
    #expect(try place([]) == nil)
    #expect(try place(flags) == expected)
    #expect(try place([], variables) == expected)
    let apply = try SwiftletCommand.parseAsRoot(["node", "apply", "-f", "-"] + flags) as? NodeApplyCommand
    #expect(try apply?.credentialPlugins.place(Environment([:])) == expected)
  }

  @Test(arguments: [
    ["agent", "--node-name", "n", "--image-credential-provider-config", "/etc/c.yaml"],
    ["agent", "--node-name", "n", "--image-credential-provider-bin-dir", "/opt/bin"],
    ["node", "apply", "-f", "-", "--image-credential-provider-bin-dir", "/opt/bin"],
    ["controller", "--log-level", "loud"], ["controller", "--log-format", "xml"],
    ["controller", "--leader-elect", "maybe"], ["controller", "--metrics-bind-address", "nowhere"],
    ["controller", "--leader-elect-lease-duration", "5s"], ["controller", "--leader-elect-retry-period", "-1s"],
    ["status", "-o", "yaml"], ["status", "--timeout", "5m"], ["status", "--until-ready", "--timeout", "soon"],
    ["agent", "--node-name", "n", "--runtime-endpoint", "tcp://x"], ["fly"], ["--what"],
  ])
  func badArgumentsAreRefused(arguments: [String]) {
    do {
      _ = try SwiftletCommand.parseAsRoot(arguments)
      Issue.record("accepted")
    } catch {
      #expect(SwiftletCommand.exitCode(for: error) == .validationFailure)
    }
  }

  @Test func theMessageListsWhatIsValid() {
    do {
      _ = try SwiftletCommand.parseAsRoot(["controller", "--log-format", "xml"])
      Issue.record("accepted")
    } catch {
      let message = SwiftletCommand.message(for: error)
      #expect(message.contains("json") && message.contains("logfmt"))
    }
  }

  @Test(arguments: [
    ("SWIFTLET_LEADER_ELECT", "maybe", "true, false"), ("SWIFTLET_LEADER_ELECT_RETRY_PERIOD", "soon", ""),
    ("SWIFTLET_METRICS_BIND_ADDRESS", "nowhere", ""),
  ])
  func badVariablesAreRefused(name: String, value: String, valid: String) throws {
    let command = try controller([])
    do {
      _ = try command.operatorConfiguration(Environment([name: value]))
      Issue.record("accepted")
    } catch let error as ValidationError {
      #expect(error.message.contains(name) && error.message.contains(value) && error.message.contains(valid))
      #expect(SwiftletCommand.exitCode(for: error) == .validationFailure)
    }
  }

  @Test func logsAreForTheirReaders() throws {
    let flags = try controller([]).logging
    #expect(try flags.options(Environment([:]), onTerminal: true).format == .logfmt)
    #expect(try flags.options(Environment([:]), onTerminal: false).format == .json)
    let options = try flags.options(
      Environment(["SWIFTLET_LOG_LEVEL": "debug", "SWIFTLET_LOG_FORMAT": "json"]), onTerminal: true)
    #expect(options.level == .debug && options.format == .json)
    let named = try controller(["--log-level", "warning"]).logging
    #expect(try named.options(Environment(["SWIFTLET_LOG_LEVEL": "debug"]), onTerminal: false).level == .warning)
  }

  @Test func statusTakesSets() throws {
    let command = try #require(
      try SwiftletCommand.parseAsRoot(["status", "a", "b", "--until-ready", "--timeout", "10m", "-o", "json"])
        as? StatusCommand)
    #expect(command.sets == ["a", "b"])
    #expect(command.timeout?.duration == .seconds(600))
    #expect(command.output == .json)
    #expect(command.untilReady && !command.watch && !command.nodes)
  }

  @Test func failuresOfACommandExitWithOne() {
    let failure = CommandFailure("It didn't work.")
    #expect(SwiftletCommand.exitCode(for: failure) == .failure)
    #expect(SwiftletCommand.message(for: failure) == "It didn't work.")
  }

  @Test func theVersionNamesTheProgram() {
    #expect(BuildInformation.line.hasPrefix("swiftlet \(BuildInformation.version) ("))
  }
}
