import Commands
import KubernetesClient
import SwiftletAPI
import Testing

/// What stands in the way of a move, and what helps.
struct FindingTests {
  private typealias Samples = MigrateSamples

  private func finding(_ reason: String, _ text: String, change: (inout Survey) -> Void = { _ in }) throws -> Finding? {
    try Samples.report(text, change: change).findings.first { $0.reason == reason }
  }

  private func commands(_ report: MigrationReport, _ title: String) -> [String] {
    report.steps.first { $0.title == title }?.commands ?? []
  }

  @Test func nothingIsNothing() throws {
    let report = try Samples.report(Samples.node("a"))
    #expect(report.verdict == .ready && report.findings.isEmpty && report.steps.isEmpty)
    #expect(MigrationText(style: Style()).lines(report)[0].hasPrefix("Nothing of kube-fledged is in a.yaml"))
  }

  @Test func onlyCachesAreReady() throws {
    let report = try Samples.report(Samples.cache() + Samples.definition(subresources: "{status: {}}"))
    #expect(report.verdict == .ready)
    #expect(report.steps.map(\.title) == ["Install Swiftlet", "See that Swiftlet has taken over"])
  }

  @Test func aRunningControllerStopsFirst() throws {
    let report = try Samples.report(Samples.controller() + Samples.webhook() + Samples.binding + Samples.cache())
    #expect(report.verdict == .actionNeeded)
    #expect(
      report.steps.map(\.title) == [
        "Stop kube-fledged", "Take away its webhook", "Install Swiftlet", "See that Swiftlet has taken over",
        "Then remove what is left of kube-fledged",
      ])
    #expect(
      report.steps[0].commands == ["kubectl -n kube-fledged scale deployment kubefledged-controller --replicas=0"])
    #expect(
      report.steps[1].commands
        == ["kubectl delete validatingwebhookconfiguration kubefledged-webhook-server --ignore-not-found"])
    #expect(
      report.steps[4].commands.contains(
        "kubectl delete clusterrolebinding/kubefledged-controller clusterrole/kubefledged-controller --ignore-not-found"
      ))
  }

  @Test func aStoppedOneIsOnlyNoted() throws {
    let text = Samples.controller(replicas: 0)
    #expect(try finding("ControllerRuns", text) == nil)
    #expect(try finding("ControllerStopped", text)?.severity == .note)
  }

  @Test(arguments: [
    "{image: 'ghcr.io/swiftlet/swiftlet:1', env: [{name: KUBEFLEDGED_NAMESPACE}]}", "{image: 'nginx'}",
    "{image: 'example.com/kubefledged/ui:1'}",
  ])
  func othersAreNotKubeFledged(container: String) throws {
    let text = """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: kubefledged-controller, namespace: x}
      spec: {template: {spec: {containers: [\(container)]}}}
      """
    #expect(try Samples.report(text).findings.isEmpty)
  }

  @Test func anOperatorPutsBackWhatIsStopped() throws {
    let report = try Samples.report(
      Samples.operatorDeployment() + Samples.operated + Samples.controller() + Samples.definition())
    // It takes away what it installed, so it has to run until then, and nothing is scaled behind its back.
    #expect(
      commands(report, "Stop kube-fledged") == [
        "kubectl -n kube-fledged get kubefledgeds.charts.helm.kubefledged.io kube-fledged -o yaml > kubefledged-kube-fledged.yaml",
        "kubectl -n kube-fledged delete kubefledgeds.charts.helm.kubefledged.io kube-fledged --timeout=3m",
      ])
    let cleanUp = commands(report, "Then remove what is left of kube-fledged")
    #expect(cleanUp.contains("kubectl -n kube-fledged delete deployment kubefledged-operator"))
  }

  @Test func anOperatorOfADefinitionMustNotUninstall() throws {
    let owned = Samples.definition(
      metadata: ", annotations: {meta.helm.sh/release-name: kf, meta.helm.sh/release-namespace: kube-fledged}")
    let report = try Samples.report(
      Samples.operatorDeployment() + Samples.operated + Samples.controller() + owned)
    let stop = commands(report, "Stop kube-fledged")
    #expect(stop.contains("kubectl -n kube-fledged scale deployment kubefledged-operator --replicas=0"))
    #expect(stop.contains("kubectl -n kube-fledged scale deployment kubefledged-controller --replicas=0"))
    #expect(!stop.contains { $0.contains("delete") })
    let cleanUp = commands(report, "Then remove what is left of kube-fledged")
    let release = try #require(cleanUp.firstIndex { $0.contains("finalizers") })
    let delete = try #require(cleanUp.firstIndex { $0.contains("delete kubefledgeds") })
    #expect(release < delete)
  }

  /// Files may leave the definition out, and not everybody may look at it.
  @Test func whatMayTakeTheDefinitionAlongIsNotUninstalled() throws {
    let release = ", annotations: {meta.helm.sh/release-name: kf, meta.helm.sh/release-namespace: kube-fledged}"
    var report = try Samples.report(Samples.controller(metadata: release) + Samples.cache())
    let found = try #require(report.findings.first { $0.reason == "HelmRelease" })
    #expect(found.severity == .action && found.message.contains("may hold the definition of ImageCache"))
    #expect(!report.steps.contains { step in step.commands.contains { $0.contains("helm uninstall") } })

    report = try Samples.report(Samples.operatorDeployment() + Samples.operated + Samples.controller())
    let stop = commands(report, "Stop kube-fledged")
    #expect(stop.contains("kubectl -n kube-fledged scale deployment kubefledged-operator --replicas=0"))
    #expect(!stop.contains { $0.contains("delete kubefledgeds") })
    let message = report.findings.first { $0.reason == "OperatorsObject" }?.message
    #expect(message?.contains("may take the definition of ImageCache along") == true)
  }

  @Test func aFinalizerThatNobodyAnswersIsTakenOff() throws {
    let report = try Samples.report(Samples.operatorDeployment(replicas: 0) + Samples.operated)
    let finding = try #require(report.findings.first { $0.reason == "OperatorsObject" })
    #expect(finding.commands.map(\.step) == [.cleanUp, .cleanUp, .cleanUp])
    #expect(finding.message.contains("no operator runs"))
  }

  @Test(arguments: [
    (ServiceState.missing, "doesn't exist: every write of an ImageCache is refused"),
    (.withoutEndpoints, "no pod answers: every write of an ImageCache is refused"),
    (.there, "which answers"), (nil, "Once nobody answers"),
  ])
  func aLeftoverWebhook(state: ServiceState?, words: String) throws {
    let found = try finding("ForeignWebhook", Samples.webhook()) { survey in
      if let state {
        survey.services[ServiceName(namespace: "kube-fledged", name: "kubefledged-webhook-server")] = state
      }
    }
    #expect(found?.severity == .action)
    #expect(found?.message.contains(words) == true, "\(found?.message ?? "")")
    let open = try finding("ForeignWebhook", Samples.webhook(policy: "Ignore"))
    #expect(open?.message.contains("waits up to 1 s") == true)
  }

  @Test func theConfigurationGoesBeforeItsServer() throws {
    let server = Samples.controller().replacing("kubefledged-controller", with: "kubefledged-webhook-server")
    let commands = commands(try Samples.report(server + Samples.webhook()), "Take away its webhook")
    #expect(
      commands == [
        "kubectl delete validatingwebhookconfiguration kubefledged-webhook-server --ignore-not-found",
        "kubectl -n kube-fledged scale deployment kubefledged-webhook-server --replicas=0",
      ])
  }

  @Test func whatBelongsToAProgramGoesWithIt() throws {
    func removal(_ program: String, account: String) throws -> [String] {
      let deployment = Samples.controller(replicas: 0).replacing("kubefledged-controller", with: program)
        .replacing("      containers:", with: "      serviceAccountName: \(account)\n      containers:")
      #expect(deployment.contains(account))
      return commands(try Samples.report(deployment), "Then remove what is left of kube-fledged")
    }
    let delete = "kubectl -n kube-fledged delete"
    #expect(
      try removal("kubefledged-controller", account: "kubefledged-controller") == [
        "\(delete) deployment/kubefledged-controller serviceaccount/kubefledged-controller --ignore-not-found"
      ])
    // An account that others may use stays.
    #expect(
      try removal("kubefledged-webhook-server", account: "default") == [
        "\(delete) deployment/kubefledged-webhook-server service/kubefledged-webhook-server --ignore-not-found"
      ])
  }

  @Test func swiftletsOwnWebhookIsNone() throws {
    let own = Samples.webhook().replacing("{app: kubefledged}", with: "{app.kubernetes.io/name: swiftlet}")
    #expect(try finding("ForeignWebhook", own) == nil)
  }

  @Test func helmMustForgetADefinitionThatItOwns() throws {
    let owned = Samples.definition(
      metadata: ", annotations: {meta.helm.sh/release-name: kf, meta.helm.sh/release-namespace: kube-fledged}")
    let found = try #require(try finding("DefinitionOwnedByHelm", owned + Samples.cache()))
    #expect(found.severity == .action)
    #expect(found.message.contains("`helm uninstall kf` would delete it, and all ImageCaches"))
    #expect(found.commands.contains { $0.step == .keep && $0.text.contains("-l owner=helm,name=kf") })
    #expect(!found.commands.contains { $0.text.contains("helm uninstall") })
    // Its own is Swiftlet's.
    let mine = Samples.definition(
      metadata: ", labels: {app.kubernetes.io/name: swiftlet}, annotations: {meta.helm.sh/release-name: swiftlet}")
    #expect(try finding("DefinitionOwnedByHelm", mine) == nil)
  }

  @Test func aReleaseWithoutTheDefinitionCanBeUninstalled() throws {
    let release = ", annotations: {meta.helm.sh/release-name: kf, meta.helm.sh/release-namespace: kube-fledged}"
    let report = try Samples.report(Samples.controller(metadata: release) + Samples.definition())
    #expect(report.findings.first { $0.reason == "HelmRelease" }?.severity == .note)
    let cleanUp = commands(report, "Then remove what is left of kube-fledged")
    #expect(cleanUp == ["helm uninstall kf --namespace kube-fledged"])
  }

  @Test func theLabelThatItsMakefileDeletesBy() throws {
    let found = try finding("DefinitionLabelled", Samples.definition(metadata: ", labels: {app: kubefledged}"))
    #expect(found?.commands.map(\.text) == ["kubectl label crd imagecaches.kubefledged.io app-"])
  }

  @Test func aRoleOfAllNodes() throws {
    let found = try finding("RoleOfAllNodes", Samples.binding)
    #expect(found?.severity == .action && found?.message.contains("may make and delete Jobs") == true)
    let webhook = Samples.binding.replacing("kubefledged-controller", with: "kube-fledged-webhook-server")
    #expect(try finding("RoleOfAllNodes", webhook)?.message.contains("any ValidatingWebhookConfiguration") == true)
    let others = Samples.binding.replacing("kubefledged", with: "other")
    #expect(try finding("RoleOfAllNodes", others) == nil)
  }

  @Test func leftoverJobsAreCountedWithoutSwiftlets() throws {
    let own = Samples.job("mine", labels: "{app: kubefledged, app.kubernetes.io/name: swiftlet}")
    let found = try #require(
      try finding("LeftoverJobs", Samples.job("a") + Samples.job("b", active: 1) + own))
    #expect(found.message.hasPrefix("2 Jobs of kube-fledged's in team, 1 still running."))
    #expect(
      found.commands.map(\.text) == [
        "kubectl -n team delete jobs -l 'app=kubefledged,app.kubernetes.io/name!=swiftlet'"
      ])
    #expect(try finding("LeftoverJobs", own) == nil)
  }

  @Test func aPurgeThatIsAskedForIsCarriedOut() throws {
    let cache = Samples.cache(annotations: "{kubefledged.io/purge-imagecache: ''}")
    let found = try #require(try finding("PurgeAskedFor", cache))
    #expect(found.severity == .action)
    #expect(
      found.commands.map(\.text)
        == ["kubectl -n team annotate imagecache.kubefledged.io web kubefledged.io/purge-imagecache-"])
  }

  @Test func whatAClosedWebhookRefusesIsDoneOnceItIsGone() throws {
    let report = try Samples.report(
      Samples.webhook() + Samples.cache(annotations: "{kubefledged.io/purge-imagecache: ''}"))
    #expect(
      report.steps.map(\.title).prefix(3)
        == ["Take away its webhook", "Take back what isn't meant any more", "Install Swiftlet"])
  }

  @Test func secretsThatTheControllerMayNotGet() throws {
    let cache = Samples.cache(more: ", imagePullSecrets: [{name: login}]")
    #expect(try finding("SecretsOfNamespaces", cache)?.severity == .note, "files don't say who may what")
    let secret = PullSecretReference(namespace: "team", name: "login")
    func live(_ allowed: Bool?) throws -> Finding? {
      let report = try Samples.report(cache) { survey in
        survey.source = .cluster("https://c")
        survey.readable[secret] = allowed
      }
      return report.findings.first { $0.reason == "SecretsOfNamespaces" }
    }
    #expect(try live(true) == nil)
    #expect(try live(false)?.severity == .action)
    #expect(try live(false)?.message.contains("secretNamespaces: [{namespace: team, names: [login]}]") == true)
    #expect(try live(nil)?.severity == .note)
  }

  @Test func whatCouldntBeLookedAtIsNotFine() throws {
    let report = try Samples.report(Samples.cache()) { $0.gaps = [.init(what: "Deployments", reason: "no")] }
    #expect(report.verdict == .actionNeeded)
    #expect(
      MigrationText(style: Style()).lines(report).contains { $0.hasPrefix("? Deployments couldn't be looked at: no") })
  }

  @Test func namesReachAShellAsWordsOnly() throws {
    let found = try Samples.report(
      Samples.controller(namespace: "'a b; $(touch x) it''s'"))
    let command = try #require(found.steps.first?.commands.first)
    #expect(command == "kubectl -n 'a b; $(touch x) it'\\''s' scale deployment kubefledged-controller --replicas=0")
  }

  @Test func cachesInKubeFledgedsNamespace() throws {
    let text = Samples.controller() + Samples.cache(namespace: "kube-fledged")
    #expect(try finding("CachesInItsNamespace", text)?.severity == .note)
    #expect(try finding("CachesInItsNamespace", Samples.controller() + Samples.cache()) == nil)
  }
}
