import KubernetesClient
import SwiftletAPI

extension Findings {
  private var isSwiftletThere: Bool { (survey.deployments ?? []).contains { $0.isSwiftlet && $0.replicas > 0 } }

  /// kube-fledged's programs, the one that puts the others back first.
  mutating func programs() {
    let operators = deployments(.helmOperator)
    let running = operators.filter { $0.replicas > 0 }
    for found in running {
      add(
        Finding(
          .action, "HelmOperatorRuns", Self.object("Deployment", found.metadata),
          "is kube-fledged's Helm operator: it puts back what is stopped or deleted by hand.", stopping(found)))
    }
    for object in survey.operated ?? [] { operated(object, isRunning: !running.isEmpty) }
    for found in deployments(.controller) {
      guard found.replicas > 0 else {
        add(
          Finding(
            .note, "ControllerStopped", Self.object("Deployment", found.metadata),
            "is kube-fledged's controller, and is stopped.", removing(found)))
        continue
      }
      var message = "runs kube-fledged's controller (\(count(found.replicas, "pod")))"
      message +=
        isSwiftletThere
        ? ": it and Swiftlet, which runs too, write the same objects and undo each other's work."
        : ": stop it before Swiftlet starts, or both work on the same objects and images."
      add(
        Finding(
          .action, "ControllerRuns", Self.object("Deployment", found.metadata), message,
          (isOperated ? [] : scaling(found)) + removing(found)))
    }
  }

  /// After the configuration that asks them: without them it refuses everything.
  mutating func webhookServers() {
    for found in deployments(.webhookServer) {
      add(
        Finding(
          found.replicas > 0 ? .action : .note, "WebhookServerRuns", Self.object("Deployment", found.metadata),
          found.replicas > 0
            ? "runs kube-fledged's webhook server, which refuses what Swiftlet can do: other selectors, an empty list."
            : "is kube-fledged's webhook server, and is stopped.",
          (isOperated || found.replicas == 0 ? [] : scaling(found, step: .webhook)) + removing(found)))
    }
  }

  /// Whether the operator takes away the other programs when its object is deleted.
  private var isOperated: Bool {
    !(survey.operated ?? []).isEmpty && deployments(.helmOperator).contains { $0.replicas > 0 }
      && !mayBeOwned
  }

  private func scaling(_ found: SurveyedDeployment, step: Finding.Step = .stop) -> [(Finding.Step, String)] {
    [(step, "kubectl \(Self.arguments(found.metadata))scale deployment \(Self.name(found.metadata)) --replicas=0")]
  }

  /// An operator that is to take away what it installed must go on running until then.
  private func stopping(_ found: SurveyedDeployment) -> [(Finding.Step, String)] {
    let delete = "kubectl \(Self.arguments(found.metadata))delete deployment \(Self.name(found.metadata))"
    let mayUninstall = !(survey.operated ?? []).isEmpty && !mayBeOwned
    return (mayUninstall ? [] : scaling(found)) + [(.cleanUp, delete)]
  }

  private func removing(_ found: SurveyedDeployment) -> [(Finding.Step, String)] {
    // A release is removed as a whole.
    guard found.release == nil else { return [] }
    let name = found.metadata.name ?? ""
    var objects = ["deployment/\(name)"]
    // Its manifests give the Service the Deployment's name; the configuration that would say so goes first.
    if found.program == .webhookServer { objects.append("service/\(name)") }
    if let account = found.ownAccount { objects.append("serviceaccount/\(account)") }
    let words = objects.map(Shell.word).joined(separator: " ")
    return [(.cleanUp, "kubectl \(Self.arguments(found.metadata))delete \(words) --ignore-not-found")]
  }

  private mutating func operated(_ object: BareDeployed, isRunning: Bool) {
    let place = Self.arguments(object.metadata)
    let name = Self.name(object.metadata)
    let save =
      "kubectl \(place)get kubefledgeds.charts.helm.kubefledged.io \(name) -o yaml > \(Shell.word("kubefledged-\(object.metadata.name ?? "").yaml"))"
    let delete = "kubectl \(place)delete kubefledgeds.charts.helm.kubefledged.io \(name) --timeout=3m"
    let release =
      "kubectl \(place)patch kubefledgeds.charts.helm.kubefledged.io \(name) --type=merge -p '{\"metadata\": {\"finalizers\": null}}'"
    let label = Self.object("KubeFledged", object.metadata)
    if ownedDefinition != nil || (mayBeOwned && isRunning) {
      let takes =
        ownedDefinition == nil
        ? "may take the definition of ImageCache along, which \(Self.notLookedAt)"
        : "takes the definition of ImageCache along"
      add(
        Finding(
          .action, "OperatorsObject", label,
          "is what the Helm operator installs from. Don't delete it while the operator runs: that is a `helm uninstall`, and \(takes). Stop the operator, take the finalizer off, then delete it.",
          [(.stop, save), (.cleanUp, release), (.cleanUp, delete)]))
    } else if isRunning {
      add(
        Finding(
          .action, "OperatorsObject", label,
          "is what the Helm operator installs from: deleting it has the operator take kube-fledged away. The ImageCaches and their definition stay.",
          [(.stop, save), (.stop, delete)]))
    } else {
      add(
        Finding(
          .action, "OperatorsObject", label,
          "is what the Helm operator installs from, and no operator runs that would answer its deletion: its finalizer has to go first.",
          [(.cleanUp, save), (.cleanUp, release), (.cleanUp, delete)]))
    }
  }

  private static let notLookedAt =
    "wasn't looked at (add what `kubectl get crd \(SurveyedDefinition.name) -o yaml` prints)"

  /// Helm releases: how each is removed without what users wrote.
  mutating func releases() {
    var seen: Set<String> = []
    let owners =
      (survey.deployments ?? []).filter { $0.program != nil && $0.program != .helmOperator }.map(\.metadata)
      + (ownedDefinition.map { [$0.metadata] } ?? [])
    for metadata in owners {
      guard let release = metadata.helmRelease, seen.insert("\(metadata.helmNamespace ?? "")/\(release)").inserted,
        (survey.operated ?? []).isEmpty
      else { continue }
      let place = Shell.word(metadata.helmNamespace ?? metadata.namespace ?? "default")
      let object = "Helm release \(metadata.helmNamespace ?? metadata.namespace ?? "default")/\(release)"
      let owned = ownedDefinition
      guard survey.definition != .unknown else {
        add(
          Finding(
            .action, "HelmRelease", object,
            "is kube-fledged, and may hold the definition of ImageCache, which \(Self.notLookedAt): if so, `helm uninstall \(release)` deletes it, and all ImageCaches with it."
          ))
        continue
      }
      guard owned?.metadata.helmRelease == release, owned?.metadata.helmNamespace == metadata.helmNamespace else {
        add(
          Finding(
            .note, "HelmRelease", object,
            "is kube-fledged, and doesn't hold the definition of ImageCache: `helm uninstall` leaves all ImageCaches.",
            [(.cleanUp, "helm uninstall \(Shell.word(release)) --namespace \(place)")]))
        continue
      }
      let record = "kubectl -n \(place) delete secret -l owner=helm,name=\(Shell.word(release))"
      let message =
        "owns the definition of ImageCache: `helm uninstall \(release)` would delete it, and all ImageCaches with it. "
        + "`helm.sh/resource-policy: keep` protects it only where the release's own chart says so: Helm looks into what it "
        + "installed, not at the object. So forget the release, and remove its objects by hand."
      add(
        Finding(
          .action, "DefinitionOwnedByHelm", object, message,
          [
            (.keep, "kubectl get imagecaches.kubefledged.io -A -o yaml > imagecaches.yaml"),
            (.keep, "kubectl annotate crd \(SurveyedDefinition.name) helm.sh/resource-policy=keep --overwrite"),
            (.keep, record),
            (
              .cleanUp,
              "kubectl -n \(place) delete deployment,service,serviceaccount -l \(Shell.word("app.kubernetes.io/instance=\(release)"))"
            ),
          ]))
    }
  }
}
