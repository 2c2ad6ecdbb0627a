import Commands
import KubernetesClient
import Testing

/// kube-fledged's Helm values as those of Swiftlet's chart.
struct ValuesConversionTests {
  private func convert(_ text: String, mode: ValuesConversion.Mode = .agent) throws -> SwiftletValues {
    let document = try ManifestDocument.read(Array(text.utf8), file: "-").first?.value ?? [:]
    return ValuesConversion.convert(KubeFledgedValues(document), mode: mode)
  }

  private func read(_ values: SwiftletValues) throws -> JSONValue {
    try ManifestDocument.read(Array(values.yaml.utf8), file: "-").first?.value ?? [:]
  }

  @Test func defaultsBecomeDefaults() throws {
    let expected: JSONValue = ["mode": "agent", "webhook": ["enabled": true]]
    for text in [
      "{}", "USER-SUPPLIED VALUES:\n", "controllerReplicaCount: 1\nargs: {controllerLogLevel: INFO}\nservice:\n",
    ] {
      let values = try convert(text)
      #expect(try read(values) == expected)
      #expect(values.leftOut.isEmpty)
    }
  }

  @Test func partsOfTheChartThatNobodyTouchedAreNotMentioned() throws {
    let values = try convert(
      """
      webhookService: {create: true, type: ClusterIP, port: 3443, targetPort: 443, name: }
      service: {type: ClusterIP, port: 80}
      serviceAccount: {create: true, name: }
      """)
    #expect(values.notes.count == 1, "\(values.notes)")
    #expect(try convert("service: {port: 81}").notes.count == 2)
  }

  private static let all = """
    controllerReplicaCount: 2
    webhookServerReplicaCount: 3
    controller: {priorityClassName: high}
    webhookServer: {enable: true, priorityClassName: high}
    image: {pullPolicy: Always}
    args:
      controllerLogLevel: WARNING
      controllerImagePullDeadlineDuration: 10m
      controllerImageCacheRefreshFrequency: 0s
      controllerImagePullPolicy: Always
      controllerServiceAccountName: puller
      controllerImageDeleteJobHostNetwork: true
      controllerJobPriorityClassName: low
      controllerJobRetentionPolicy: retain
      controllerCRISocketPath: /var/run/k3s/containerd/containerd.sock
      controllerJobsMaxSurge: 5
      webhookServerLogLevel: ERROR
    imagePullSecrets: [{name: login}]
    resources: {limits: {memory: 128Mi}}
    nodeSelector: {pool: infra}
    tolerations: [{key: infra, operator: Exists}]
    affinity: {nodeAffinity: {}}
    """

  @Test func everythingThatHasAnEqual() throws {
    let values = try convert(Self.all)
    #expect(values.leftOut.isEmpty)
    let placement: [String: JSONValue] = [
      "priorityClassName": "high", "resources": ["limits": ["memory": "128Mi"]], "nodeSelector": ["pool": "infra"],
      "tolerations": [["key": "infra", "operator": "Exists"]], "affinity": ["nodeAffinity": [:]],
    ]
    let expected: JSONValue = [
      "mode": "agent", "imagePullSecrets": [["name": "login"]], "logging": ["level": "warning"],
      "controller": .object(
        placement.merging([
          "replicas": 2, "extraArgs": ["--image-cache-refresh-frequency=0s", "--image-pull-policy=Always"],
        ]) { $1 }),
      "agent": ["runtimeEndpoint": "unix:///run/k3s/containerd/containerd.sock"],
      "webhook": .object(
        placement.merging(["enabled": true, "replicas": 3, "extraArgs": ["--log-level=error"]]) { $1 }),
    ]
    #expect(try read(values) == expected)
    #expect(values.notes.contains { $0.contains("args.controllerJobsMaxSurge: 5: for Jobs") })
  }

  @Test func flagsOfJobsCountWithJobs() throws {
    let values = try convert(Self.all, mode: .jobs)
    #expect(
      try read(values)["controller"]?["extraArgs"] == [
        "--image-cache-refresh-frequency=0s", "--image-pull-policy=Always", "--image-pull-deadline-duration=10m",
        "--service-account-name=puller", "--image-delete-job-host-network=true", "--job-priority-class-name=low",
        "--job-retention-policy=retain", "--jobs-max-surge=5", "--cri-socket-path=/run/k3s/containerd/containerd.sock",
      ])
    #expect(try read(values)["agent"] == nil)
  }

  @Test(arguments: [
    "controller: {hostNetwork: true}", "webhookServer: {hostNetwork: true}",
    "image: {kubefledgedControllerRepository: registry.example/kf}", "controllerReplicaCount: 0",
    "command: {kubefledgedControllerCommand: [/x]}", "args: {controllerCRISocketPath: /var/run/docker.sock}",
    "serviceAccount: {create: false}",
  ])
  func whatHasNoEqualIsLeftOutAndSaid(text: String) throws {
    let values = try convert(text)
    #expect(values.leftOut.count == 1)
    #expect(values.yaml.contains("# LEFT OUT: \(values.leftOut[0])\n"))
    #expect(try read(values)["webhook"] == ["enabled": true])
  }

  @Test(arguments: [
    ("args: {controllerImagePullPolicy: Never}", "has to be IfNotPresent or Always"),
    ("args: {controllerImageCacheRefreshFrequency: 15 minutes}", "has to be a duration"),
    ("args: {controllerLogLevel: LOUD}", "has to be one of INFO"),
    ("args: {controllerJobRetentionPolicy: keep}", "has to be delete or retain"),
    ("args: {controllerCRISocketPath: ../x.sock}", "has to be the absolute path"),
    ("webhookServer: {enable: maybe}", "has to be true or false"),
    ("controllerReplicaCount: many", "has to be a whole"),
    ("arguments: {x: 1}", "arguments: kube-fledged's chart knows no such value"),
    ("args: {controllerloglevel: INFO}", "args.controllerloglevel: kube-fledged's chart knows"),
    ("args: text", "has to hold values of its own"), ("nodeSelector: {a: 1}", "labels have to be text"),
    ("imagePullSecrets: [{name: 'A B'}]", "some name no Secret"),
    ("controller: {priorityClassName: 'a\\nb: c'}", "names no PriorityClass"),
  ])
  func whatIsWrongIsNamed(text: String, words: String) throws {
    let values = try convert(text)
    #expect(values.leftOut.contains { $0.contains(words) }, "\(values.leftOut)")
    #expect(try read(values)["mode"] == "agent", "the rest is converted")
  }

  @Test func anOperatorsObjectHoldsValues() throws {
    let values = try convert("kind: KubeFledged\nspec: {args: {controllerLogLevel: FATAL}}")
    #expect(try read(values)["logging"] == ["level": "critical"])
  }

  @Test func commentsHoldNoLineOfTheirOwn() throws {
    let values = try convert("\"a\\nmode: jobs\": 1")
    #expect(try read(values)["mode"] == "agent")
    #expect(values.leftOut.count == 1)
  }

  @Test func aSocketElsewhereBringsItsFolder() throws {
    let values = try convert("args: {controllerCRISocketPath: /var/snap/microk8s/common/run/containerd.sock}")
    #expect(
      try read(values)["agent"] == [
        "runtimeEndpoint": "unix:///var/snap/microk8s/common/run/containerd.sock",
        "runPath": "/var/snap/microk8s/common/run",
      ])
  }
}
