package import ArgumentParser
package import Execution
import KubernetesClient
package import Operator
package import Planning
import SwiftletAPI

extension ExecutorChoice: ExpressibleByArgument {}
extension JobSettings.Retention: ExpressibleByArgument {}
extension JobSettings.ImageVolumes: ExpressibleByArgument {}

/// Whether and how the controller uses Kubernetes Jobs. Names that kube-fledged has mean what they mean there.
package struct JobOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Which nodes Jobs are for: Agent: none; Jobs: those without an agent; Auto: those that have had none for a minute. \
      (default: Agent)
      """))
  package var executor: ExecutorChoice?

  @Option(
    help: ArgumentHelp("The image of the program that Jobs start images with. Without it, no Jobs.", valueName: "image")
  )
  package var jobStarterImage: String?

  @Option(
    help: ArgumentHelp(
      "Swiftlet's image, for Jobs that look at and remove what a node has. Without it, Jobs only pull.",
      valueName: "image"))
  package var jobImage: String?

  @Option(help: ArgumentHelp("How long one image's pull by a Job may take. (default: 5m)"))
  package var imagePullDeadlineDuration: DurationArgument?

  @Option(help: ArgumentHelp("The Jobs' priority class. (default: the cluster's)", valueName: "name"))
  package var jobPriorityClassName: String?

  @Option(help: ArgumentHelp("What becomes of Jobs that are done: delete or retain. (default: delete)"))
  package var jobRetentionPolicy: JobSettings.Retention?

  @Option(
    help: ArgumentHelp(
      """
      Whether Jobs pull images as volumes of one container, rather than with a container for each: Auto: on nodes whose \
      versions are sure to have that; Always; Never. (default: Auto)
      """))
  package var jobImageVolumes: JobSettings.ImageVolumes?

  @Option(
    help: ArgumentHelp(
      "The Jobs' service account; also one in each ImageCache's namespace, whose imagePullSecrets agents use after those "
        + "of the object. (default: that of the namespace for Jobs, none for agents)", valueName: "name"))
  package var serviceAccountName: String?

  @Option(help: ArgumentHelp("Whether Jobs that look and remove use the host's network. (default: false)"))
  package var imageDeleteJobHostNetwork: SwitchArgument?

  @Option(
    help: ArgumentHelp(
      "The runtime's socket on the nodes. (default: looked for in the usual places)", valueName: "path"))
  package var criSocketPath: String?

  @Option(help: ArgumentHelp("How many Jobs there may be at the same time; 0 for any number. (default: 0)"))
  package var jobsMaxSurge: Int?

  @Option(help: ArgumentHelp("Further labels of the Jobs' pods.", valueName: "a=b,c=d"))
  package var jobLabels: LabelsArgument?

  @Option(help: ArgumentHelp("Annotations of the Jobs' pods.", valueName: "a=b,c=d"))
  package var jobAnnotations: LabelsArgument?

  @Option(
    help: ArgumentHelp(
      "What the Jobs' pods tolerate, as key[=value][:effect]; * for everything. (default: *)",
      valueName: "a=b:NoSchedule,…"
    ))
  package var jobTolerations: TolerationsArgument?

  package init() {}

  /// - Returns: nil where no Jobs are to be used.
  /// - Throws: `ValidationError`.
  package func configuration(_ environment: Environment, namespace: String) throws -> JobsConfiguration? {
    let mode = try executor ?? environment.value("SWIFTLET_EXECUTOR") ?? .agent
    let starter = jobStarterImage ?? environment.text("SWIFTLET_JOB_STARTER_IMAGE")
    // What is wrong is said also while no Jobs are wanted.
    var settings = JobSettings(namespace: namespace, starterImage: starter ?? "")
    settings.swiftletImage = jobImage ?? environment.text("SWIFTLET_JOB_IMAGE")
    let deadline: DurationArgument? =
      try imagePullDeadlineDuration ?? environment.value("SWIFTLET_IMAGE_PULL_DEADLINE_DURATION")
    if let deadline { settings.pullDeadline = deadline.duration }
    settings.priorityClassName = text(jobPriorityClassName, environment.text("SWIFTLET_JOB_PRIORITY_CLASS_NAME"))
    settings.retention =
      try jobRetentionPolicy ?? environment.value("SWIFTLET_JOB_RETENTION_POLICY") ?? settings.retention
    settings.imageVolumes =
      try jobImageVolumes ?? environment.value("SWIFTLET_JOB_IMAGE_VOLUMES") ?? settings.imageVolumes
    settings.serviceAccountName = try serviceAccount(environment)
    let hostNetwork: SwitchArgument? =
      try imageDeleteJobHostNetwork ?? environment.value("SWIFTLET_IMAGE_DELETE_JOB_HOST_NETWORK")
    settings.hostNetwork = hostNetwork == .true
    settings.socketPath = try socket(text(criSocketPath, environment.text("SWIFTLET_CRI_SOCKET_PATH")))
    settings.maxSurge = try jobsMaxSurge ?? environment.value("SWIFTLET_JOBS_MAX_SURGE") ?? 0
    guard settings.maxSurge >= 0 else { throw ValidationError("--jobs-max-surge can't be negative.") }
    let labels: LabelsArgument? = try jobLabels ?? environment.value("SWIFTLET_JOB_LABELS")
    settings.podLabels = labels?.labels ?? [:]
    let annotations: LabelsArgument? = try jobAnnotations ?? environment.value("SWIFTLET_JOB_ANNOTATIONS")
    settings.podAnnotations = annotations?.labels ?? [:]
    let tolerations: TolerationsArgument? = try jobTolerations ?? environment.value("SWIFTLET_JOB_TOLERATIONS")
    if let tolerations { settings.tolerations = tolerations.tolerations }
    guard mode != .agent else { return nil }
    guard starter != nil else {
      guard mode != .jobs else { throw ValidationError("With --executor Jobs, --job-starter-image must be given.") }
      return nil
    }
    return JobsConfiguration(mode: mode, settings: settings, version: BuildInformation.version)
  }

  /// - Throws: `ValidationError` for what can't be the name of an account: it becomes part of a request's path.
  package func serviceAccount(_ environment: Environment) throws -> String? {
    guard let name = text(serviceAccountName, environment.text("SWIFTLET_SERVICE_ACCOUNT_NAME")) else { return nil }
    guard PullSecretReference.isName(name) else {
      throw ValidationError("--service-account-name: '\(Escaping.visible(name))' names no service account.")
    }
    return name
  }

  /// kube-fledged's charts pass empty texts for what isn't set.
  private func text(_ flag: String?, _ variable: String?) -> String? {
    (flag ?? variable).flatMap { $0.isEmpty ? nil : $0 }
  }

  private func socket(_ text: String?) throws -> String? {
    guard let text else { return nil }
    let path = text.hasPrefix("unix://") ? String(text.dropFirst("unix://".count)) : text
    let isPlain = path.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F && $0 != ":" }
    guard path.hasPrefix("/"), path.count > 1, !path.hasSuffix("/"), isPlain, !path.contains("/../") else {
      throw ValidationError(
        "--cri-socket-path must be the absolute path of a socket, such as /run/containerd/containerd.sock.")
    }
    return path
  }
}
