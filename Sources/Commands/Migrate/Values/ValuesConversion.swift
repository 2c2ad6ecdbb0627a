import ArgumentParser
import KubernetesClient
import SwiftletAPI

/// Makes values of Swiftlet's chart from those of kube-fledged's.
package struct ValuesConversion {
  /// Who pulls.
  package enum Mode: String, CaseIterable, ExpressibleByArgument, Sendable {
    case agent, jobs
  }

  private let mode: Mode
  private var from: KubeFledgedValues
  private var to = SwiftletValues()
  private var placement: [(name: String, value: JSONValue)] = []

  package static func convert(_ values: KubeFledgedValues, mode: Mode) -> SwiftletValues {
    var conversion = ValuesConversion(mode: mode, from: values)
    conversion.run()
    conversion.to.leftOut += conversion.from.problems
    return conversion.to
  }

  private init(mode: Mode, from: KubeFledgedValues) {
    self.mode = mode
    self.from = from
  }

  private mutating func run() {
    to.set(
      "mode", .string(mode.rawValue),
      mode == .agent
        ? "An agent on every node pulls. What kube-fledged does, Jobs and nothing else on the nodes, is mode: jobs."
        : "Jobs pull, as with kube-fledged; see docs/executors.md for what only agents can do.")
    images()
    logging()
    controller()
    jobs()
    socket()
    webhook()
    names()
  }

  // MARK: Images

  private mutating func images() {
    if let policy = from.text("image.pullPolicy") {
      if ["Always", "IfNotPresent", "Never"].contains(policy) {
        to.set("image.pullPolicy", .string(policy), "When the kubelet pulls Swiftlet's own image.")
      } else {
        from.wrong("image.pullPolicy: has to be Always, IfNotPresent or Never")
      }
    }
    for name in ["kubefledgedController", "kubefledgedCRIClient", "kubefledgedWebhookServer", "busyboxImage"] {
      guard let repository = from.text("image.\(name)Repository") else { continue }
      to.leftOut.append(
        "image.\(name)Repository: \(repository): Swiftlet has one image (and a starter beside it for Jobs). Copy them to your registry, and set image.repository."
      )
    }
    if from.given("image.busyboxImageVersion") != nil { to.note("image.busyboxImageVersion: Jobs need no busybox.") }
    for name in ["kubefledgedController", "kubefledgedWebhookServer"] where from.given("command.\(name)Command") != nil
    {
      to.leftOut.append("command.\(name)Command: Swiftlet's image says itself what runs.")
    }
    guard let secrets = from.list("imagePullSecrets") else { return }
    let names = secrets.compactMap { $0["name"]?.string ?? $0.string }.filter { isName($0) }
    if names.count < secrets.count { from.wrong("imagePullSecrets: some name no Secret") }
    guard !names.isEmpty else { return }
    to.set(
      "imagePullSecrets", .array(names.map { ["name": .string($0)] }),
      "For Swiftlet's own image, in the release's namespace.")
  }

  // MARK: Logs

  private static let levels = ["INFO": "info", "WARNING": "warning", "ERROR": "error", "FATAL": "critical"]

  private mutating func level(_ path: String) -> String? {
    guard let text = from.text(path) else { return nil }
    guard let level = Self.levels[text.uppercased()] else {
      from.wrong("\(path): has to be one of INFO, WARNING, ERROR, FATAL")
      return nil
    }
    return level
  }

  private mutating func logging() {
    let level = level("args.controllerLogLevel")
    if let level, level != "info" {
      to.set("logging.level", .string(level), "Of the controller, the agents and the webhook.")
    }
  }

  // MARK: The controller

  private mutating func controller() {
    if let replicas = from.number("controllerReplicaCount", in: 0...Int64(Int32.max)) {
      if replicas >= 1 {
        to.set(
          "controller.replicas", .integer(min(replicas, 9)), "One leads; kube-fledged's would all have worked at once.")
      } else {
        to.leftOut.append("controllerReplicaCount: 0: there is at least one; `swiftlet pause` stops all work.")
      }
    } else {
      to.note("controllerReplicaCount: two replicas is the default here, of which one leads.")
    }
    if let name = from.text("controller.priorityClassName") { priority("controller", name) }
    if from.flag("controller.hostNetwork") == true {
      to.leftOut.append("controller.hostNetwork: the controller doesn't use the host's network; agents do.")
    }
    readPlacement()
    place("controller")
    let frequency = from.text("args.controllerImageCacheRefreshFrequency")
    if let frequency, duration(frequency, "args.controllerImageCacheRefreshFrequency", orZero: true) {
      to.append(
        "controller.extraArgs", .string("--image-cache-refresh-frequency=\(frequency)"),
        "Only images that follow their tag are compared with the registry; new nodes don't wait for it.")
    }
    guard let policy = from.text("args.controllerImagePullPolicy") else { return }
    guard ["IfNotPresent", "Always"].contains(policy) else {
      return from.wrong("args.controllerImagePullPolicy: has to be IfNotPresent or Always")
    }
    to.append(
      "controller.extraArgs", .string("--image-pull-policy=\(policy)"),
      "All images that have a tag are compared with the registry; only what has changed is pulled.")
  }

  private mutating func priority(_ component: String, _ name: String) {
    guard isName(name) else { return from.wrong("\(component): priorityClassName names no PriorityClass") }
    to.set("\(component).priorityClassName", .string(name))
  }

  /// Where pods run, and what they may use: the same for the controller and the webhook.
  private mutating func readPlacement() {
    if let resources = from.object("resources") {
      let known = (resources.object ?? [:]).filter {
        ["requests", "limits"].contains($0.key) && $0.value.object != nil
      }
      if known.count < (resources.object ?? [:]).count { from.wrong("resources: only requests and limits are taken") }
      if !known.isEmpty { placement.append(("resources", .object(known))) }
    }
    if let selector = from.object("nodeSelector") {
      let labels = (selector.object ?? [:]).filter { $0.value.string != nil }
      if labels.count < (selector.object ?? [:]).count { from.wrong("nodeSelector: labels have to be text, in quotes") }
      if !labels.isEmpty { placement.append(("nodeSelector", .object(labels))) }
    }
    if let tolerations = from.list("tolerations") {
      let known = tolerations.filter { $0.object != nil }
      if known.count < tolerations.count { from.wrong("tolerations: each has to be an object") }
      if !known.isEmpty { placement.append(("tolerations", .array(known))) }
    }
    if let affinity = from.object("affinity") { placement.append(("affinity", affinity)) }
    guard !placement.isEmpty else { return }
    to.note(
      "\(placement.map(\.name).joined(separator: ", ")): for the controller and the webhook, as before. Agents run on every Linux node: agent.nodeSelector and agent.tolerations are theirs."
    )
  }

  private mutating func place(_ component: String) {
    for (name, value) in placement {
      if name == "resources" {
        to.set(
          "\(component).resources", value,
          "They were for kube-fledged's program: leave them out where the chart's own will do.")
      } else {
        to.set("\(component).\(name)", value)
      }
    }
  }

  // MARK: Jobs

  private mutating func jobs() {
    if let text = from.text("args.controllerImagePullDeadlineDuration"),
      duration(text, "args.controllerImagePullDeadlineDuration", orZero: false)
    {
      argument("image-pull-deadline-duration", text, "args.controllerImagePullDeadlineDuration", "For each image.")
    }
    if let name = from.text("args.controllerServiceAccountName") {
      argument("service-account-name", name, "args.controllerServiceAccountName", "In the namespaces where Jobs run.")
    }
    if from.flag("args.controllerImageDeleteJobHostNetwork") == true {
      argument("image-delete-job-host-network", "true", "args.controllerImageDeleteJobHostNetwork", nil)
    }
    if let name = from.text("args.controllerJobPriorityClassName") {
      argument("job-priority-class-name", name, "args.controllerJobPriorityClassName", nil)
    }
    if let policy = from.text("args.controllerJobRetentionPolicy") {
      if ["delete", "retain"].contains(policy) {
        argument(
          "job-retention-policy", policy, "args.controllerJobRetentionPolicy", "For a day where the cluster cleans up.")
      } else {
        from.wrong("args.controllerJobRetentionPolicy: has to be delete or retain")
      }
    }
    if let surge = from.number("args.controllerJobsMaxSurge", in: 0...Int64(Int32.max)) {
      argument("jobs-max-surge", "\(surge)", "args.controllerJobsMaxSurge", "PullBudgets pace pulls besides.")
    }
  }

  private mutating func argument(_ flag: String, _ value: String, _ path: String, _ note: String?) {
    guard mode == .jobs else {
      return to.note("\(path): \(value): for Jobs, and with mode: agent there are none.")
    }
    to.append("controller.extraArgs", .string("--\(flag)=\(value)"), note)
  }

  private mutating func socket() {
    guard let text = from.text("args.controllerCRISocketPath") else { return }
    var path = text.hasPrefix("unix://") ? String(text.dropFirst("unix://".count)) : text
    // On hosts with systemd they are the same folder, and agents see it as /run.
    if path.hasPrefix("/var/run/") { path = String(path.dropFirst("/var".count)) }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = path.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "/_.-".utf8.contains(byte)
    }
    guard parts.count > 2, parts[0].isEmpty, isPlain, !parts.dropFirst().contains(where: { $0.isEmpty || $0 == ".." })
    else {
      return from.wrong("args.controllerCRISocketPath: has to be the absolute path of a socket")
    }
    guard parts.last != "docker.sock" else {
      to.leftOut.append(
        "args.controllerCRISocketPath: \(text): Docker's own socket doesn't speak CRI. Nodes with Docker have cri-dockerd's, /run/cri-dockerd.sock: agent.runtimeEndpoint."
      )
      return
    }
    guard mode == .agent else {
      return to.append(
        "controller.extraArgs", .string("--cri-socket-path=\(path)"), "The runtime's socket on every node.")
    }
    to.set(
      "agent.runtimeEndpoint", .string("unix://\(path)"),
      "The runtime's socket on every node; agents find it themselves in the usual places.")
    if !path.hasPrefix("/run/") {
      to.set("agent.runPath", .string(parts.dropLast().joined(separator: "/")), "The folder that it is in.")
    }
  }

  // MARK: The webhook

  private mutating func webhook() {
    let isEnabled = from.flag("webhookServer.enable") ?? true
    to.set(
      "webhook.enabled", .bool(isEnabled),
      "It fails open, makes its own certificates, and allows what kube-fledged's refuses only because it couldn't do it."
    )
    if isEnabled {
      if let replicas = from.number("webhookServerReplicaCount", in: 0...Int64(Int32.max)), replicas > 0 {
        to.set("webhook.replicas", .integer(min(replicas, 9)))
      }
      if let name = from.text("webhookServer.priorityClassName") { priority("webhook", name) }
      place("webhook")
      if let level = level("args.webhookServerLogLevel"), level != "info" {
        to.append("webhook.extraArgs", .string("--log-level=\(level)"))
      }
    }
    if from.flag("webhookServer.hostNetwork") == true {
      to.leftOut.append(
        "webhookServer.hostNetwork: the webhook doesn't use the host's network. Where API servers can't reach pods it counts as down, and then blocks nothing: the controller looks at every object itself."
      )
    }
    for name in ["CertFile", "KeyFile"] where from.given("args.webhookServer\(name)") != nil {
      to.note(
        "args.webhookServer\(name): certificates are made and renewed by the webhook, or by cert-manager (webhook.certManager)."
      )
    }
    if from.given("args.webhookServerPort") != nil {
      to.note("args.webhookServerPort: the Service's is 443; webhook.port is the pods' own, 1024 or above.")
    }
    if from.given("validatingWebhookCABundle") != nil {
      to.note(
        "validatingWebhookCABundle: the webhook puts it there itself, or cert-manager does (webhook.certManager).")
    }
  }

  // MARK: Names and the rest

  private mutating func names() {
    let fixed = [
      "nameOverride", "fullnameOverride", "serviceAccount.name", "clusterRole.name", "clusterRoleBinding.name",
      "validatingWebhook.name", "secret.name",
    ]
    for path in fixed {
      if from.text(path) != nil { to.note("\(path): objects have fixed names; a cluster holds one Swiftlet.") }
    }
    for path in ["serviceAccount", "clusterRole", "clusterRoleBinding"] where from.flag("\(path).create") == false {
      to.leftOut.append("\(path).create: false: the chart makes it always, with what Swiftlet needs and no more.")
    }
    if from.flag("validatingWebhook.create") == false {
      to.note("validatingWebhook.create: the configuration comes with webhook.enabled, and goes with it.")
    }
    for path in ["podSecurityContext", "securityContext"] where from.given(path) != nil {
      to.note("\(path): pods are restricted as far as they can be already (no root, no capability, read-only).")
    }
    for path in ["service", "webhookService", "ingress"] where from.given(path) != nil {
      to.note("\(path): the webhook's Service is the chart's own, at port 443; nothing else is served outside.")
    }
  }

  // MARK: Rules

  private mutating func duration(_ text: String, _ path: String, orZero: Bool) -> Bool {
    if let duration = GoDuration.parse(text), duration > .zero || (orZero && duration == .zero) { return true }
    from.wrong("\(path): has to be a duration as Go writes it, such as \(orZero ? "15m, or 0s" : "5m")")
    return false
  }

  /// Whether Kubernetes could give an object this name.
  private func isName(_ text: String) -> Bool {
    let isPlain = text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || "-.".utf8.contains(byte)
    }
    return isPlain && !text.isEmpty && text.utf8.count <= 253 && !"-.".contains(text.first ?? "-")
      && !"-.".contains(text.last ?? "-")
  }
}
