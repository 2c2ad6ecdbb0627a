import ArgumentParser
import Commands
import Execution
import Foundation
import KubernetesClient
import Logging
import Observability
import Operator
import Synchronization
import Testing
import Webhook

/// The flags and variables of kube-fledged's controller and webhook server.
struct KubeFledgedFlagTests {
  private func parse<Command>(_ arguments: [String], as type: Command.Type = Command.self) throws -> Command {
    try #require(try SwiftletCommand.parseAsRoot(GoArguments.translate(arguments)) as? Command)
  }

  private func level(_ arguments: [String], _ variables: [String: String] = [:]) throws -> Logger.Level {
    let command = try parse(["controller"] + arguments, as: ControllerCommand.self)
    let environment = Environment(variables)
    return try command.logging.options(environment, onTerminal: false, otherwise: command.kubeFledged.level).level
  }

  @Test(arguments: [
    (["--stderrthreshold=INFO"], Logger.Level.info), (["--stderrthreshold", "WARNING"], .warning),
    (["-stderrthreshold=ERROR"], .error), (["-stderrthreshold", "FATAL"], .critical),
    (["--stderrthreshold=warning"], .warning), (["--stderrthreshold=2"], .error),
    (["-v=3"], .info), (["--v=4"], .debug), (["-v", "6"], .trace), (["--v", "10"], .trace),
    (["-v=5", "--stderrthreshold=WARNING"], .warning), (["-v=5", "--stderrthreshold=INFO"], .debug),
    (["--logtostderr", "-alsologtostderr=true", "-logtostderr=false"], .notice),
    (["--stderrthreshold=ERROR", "--log-level=debug"], .debug), ([], .notice),
  ])
  func levelsAreGlogs(arguments: [String], level: Logger.Level) throws {
    #expect(try self.level(arguments, ["SWIFTLET_LOG_LEVEL": "notice"]) == level)
  }

  @Test(arguments: [
    ("controller", "--stderrthreshold=LOUD", "INFO"), ("webhook", "-stderrthreshold=4", "FATAL"),
    ("controller", "-v=much", "invalid"), ("webhook", "--logtostderr=maybe", "true"),
    ("controller", "-vmodule=a=1", "Unknown option '--vmodule'"),
    ("controller", "--job-retention-policy=keep", "retain"),
    ("controller", "--image-delete-job-host-network=maybe", "true"), ("controller", "--jobs-max-surge=many", "invalid"),
    ("controller", "--image-pull-deadline-duration=soon", "invalid"),
    // also where no Jobs are wanted
    ("controller", "--jobs-max-surge=-1", "can't be negative"),
    ("controller", "--service-account-name=a/b", "names no service account"),
    ("controller", "--cri-socket-path=run/containerd.sock", "--cri-socket-path"),
    ("controller", "--image-pull-policy=Never", "IfNotPresent"), ("webhook", "--port=0", "1 to 65535"),
    ("webhook", "--port=65536", "invalid"), ("webhook", "--cert-file=a", "together"),
    ("webhook", "--key-file=a", "together"),
    ("webhook", "-init-server=perhaps", "true"), ("webhook", "--admin-bind-address=x", "invalid"),
  ])
  func otherValuesAreRefusedWithThoseThatAreValid(command: String, argument: String, says: String) {
    do {
      _ = try SwiftletCommand.parseAsRoot(GoArguments.translate([command, argument]))
      Issue.record("accepted")
    } catch {
      #expect(SwiftletCommand.exitCode(for: error) == .validationFailure)
      let message = SwiftletCommand.message(for: error)
      #expect(message.contains(says), "\(message)")
    }
  }

  @Test(arguments: [
    (
      ["controller", "-kubeconfig=a", "-h", "--x", "-1", "-"], ["controller", "--kubeconfig=a", "-h", "--x", "-1", "-"]
    ),
    (["webhook", "-init-server", "-port", "1"], ["webhook", "--init-server=true", "--port", "1"]),
    (["webhook", "--init-server", "false"], ["webhook", "--init-server", "false"]),
    (["webhook", "--init-server=false"], ["webhook", "--init-server=false"]),
    (["controller", "-master=", "--x=a="], ["controller", "--master", "", "--x=a="]),
    (["controller", "--", "-a"], ["controller", "--", "-a"]),
    (["status", "-o", "json", "-output"], ["status", "-o", "json", "-output"]), ([], []),
  ])
  func goWritesFlagsWithOneDashToo(arguments: [String], translated: [String]) {
    #expect(GoArguments.translate(arguments) == translated)
  }

  /// The arguments of kube-fledged's own manifests.
  @Test func theArgumentsOfItsManifestsAreTaken() throws {
    let controller: ControllerCommand = try parse([
      "controller", "--stderrthreshold=INFO", "--image-cache-refresh-frequency=15m", "--image-pull-policy=IfNotPresent",
      "--kubeconfig=", "--master=",
    ])
    let variables = Environment([
      "KUBEFLEDGED_NAMESPACE": "kube-fledged", "KUBEFLEDGED_CRI_CLIENT_IMAGE": "a", "BUSYBOX_IMAGE": "b",
    ])
    #expect(try controller.operatorConfiguration(variables).namespace == "kube-fledged")

    let start: WebhookCommand = try parse(["webhook", "--stderrthreshold=INFO", "--init-server"])
    #expect(try start.isInit(Environment([:])))
    let configuration = try start.serverConfiguration(
      Environment([
        "KUBEFLEDGED_NAMESPACE": "kube-fledged", "WEBHOOK_SERVER_SERVICE": "kubefledged-webhook-server",
        "VALIDATING_WEBHOOK_CONFIG": "kubefledged-webhook-server",
      ]))
    #expect(configuration.serviceName == "kubefledged-webhook-server" && configuration.namespace == "kube-fledged")
    #expect(configuration.configurationName == "kubefledged-webhook-server" && configuration.files == nil)

    let server: WebhookCommand = try parse([
      "webhook", "--stderrthreshold=INFO", "--cert-file=/a/tls.crt", "--key-file=/a/tls.key", "--port=443",
    ])
    #expect(try !server.isInit(Environment([:])))
    let files = WebhookConfiguration.Files(certificate: "/a/tls.crt", key: "/a/tls.key")
    #expect(try server.serverConfiguration(Environment([:])).files == files)
  }

  @Test func theFlagsOfItsJobsMeanTheSame() throws {
    let command: ControllerCommand = try parse([
      "controller", "--image-pull-deadline-duration=10m", "-image-delete-job-host-network",
      "--job-priority-class-name=high", "--job-retention-policy=retain", "--service-account-name=puller",
      "--jobs-max-surge=5",
      "--cri-socket-path=/run/k3s/containerd/containerd.sock",
    ])
    let environment = Environment(["SWIFTLET_EXECUTOR": "Jobs", "SWIFTLET_JOB_STARTER_IMAGE": "starter"])
    let settings = try command.operatorConfiguration(environment).jobs?.settings
    let expected = JobSettings(
      namespace: "swiftlet-system", starterImage: "starter", pullDeadline: .seconds(600), priorityClassName: "high",
      retention: .retain, serviceAccountName: "puller", hostNetwork: true,
      socketPath: "/run/k3s/containerd/containerd.sock", maxSurge: 5)
    #expect(settings == expected)
    #expect(try command.operatorConfiguration(Environment([:])).jobs == nil, "no Jobs unless they are asked for")
  }

  @Test func aWebhookServerHasDefaults() throws {
    let command: WebhookCommand = try parse(["webhook"])
    let configuration = try command.serverConfiguration(Environment([:]))
    var expected = WebhookConfiguration(namespace: "swiftlet-system")
    expected.address = ListenAddress(port: 443)
    #expect(configuration == expected)
    let other = try command.serverConfiguration(
      Environment([
        "POD_NAMESPACE": "a", "KUBEFLEDGED_NAMESPACE": "b", "SWIFTLET_PORT": "8443", "SWIFTLET_SECRET_NAME": "c",
        "SWIFTLET_ADMIN_BIND_ADDRESS": "0", "SWIFTLET_CERT_FILE": "d", "SWIFTLET_KEY_FILE": "e",
      ]))
    #expect(other.namespace == "a" && other.address.port == 8443 && other.secretName == "c")
    #expect(other.adminAddress == nil && other.files == WebhookConfiguration.Files(certificate: "d", key: "e"))
    #expect(try command.isInit(Environment(["SWIFTLET_INIT_SERVER": "true"])))
  }

  @Test func theMasterReplacesTheConfigurationsServer() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "swiftlet-\(UUID().uuidString).kubeconfig")
    defer { try? FileManager.default.removeItem(at: file) }
    try """
    apiVersion: v1
    kind: Config
    current-context: a
    contexts: [{name: a, context: {cluster: b, user: c}}]
    clusters: [{name: b, cluster: {server: 'https://one:6443'}}]
    users: [{name: c, user: {token: word}}]
    """.write(to: file, atomically: true, encoding: .utf8)
    func server(_ master: [String]) throws -> String {
      let command: ControllerCommand = try parse(["controller", "-kubeconfig", file.path] + master)
      return try command.connection.configuration(Environment([:])).server
    }
    #expect(try server([]) == "https://one:6443")
    #expect(try server(["--master="]) == "https://one:6443")
    #expect(try server(["-master=https://two:443"]) == "https://two:443")
    #expect(throws: CommandFailure.self) { try server(["--master=http://two"]) }
  }

  @Test func variablesWithoutAMeaningHereAreNamedOnce() {
    let lines = Lines()
    let logger = Logger(label: "x") { _ in Handler(lines: lines) }
    KubeFledgedFlags.notice(Environment(["BUSYBOX_IMAGE": ""]), logger: logger)
    #expect(lines.all.withLock { $0 }.isEmpty)
    KubeFledgedFlags.notice(Environment(["KUBEFLEDGED_CRI_CLIENT_IMAGE": "a", "BUSYBOX_IMAGE": "b"]), logger: logger)
    #expect(lines.all.withLock { $0 } == ["KUBEFLEDGED_CRI_CLIENT_IMAGE, BUSYBOX_IMAGE"])
  }

  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
  }

  private struct Handler: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      lines.all.withLock { $0.append(event.metadata?["variables"].map { "\($0)" } ?? "") }
    }
  }
}
