import KubernetesClient
import SwiftletAPI

extension Findings {
  mutating func webhooks() {
    for configuration in survey.webhooks ?? [] {
      let foreign = configuration.foreign
      guard let webhook = foreign.first(where: \.failsClosed) ?? foreign.first else { continue }
      var message: String
      let limit = "\(webhook.timeoutSeconds ?? 10) s"
      let effect =
        webhook.failsClosed
        ? "every write of an ImageCache is refused, by whomever: yours, and Swiftlet's own, which must put its finalizer on it and take annotations off"
        : "every write of an ImageCache waits up to \(limit) for nothing"
      if let service = webhook.clientConfig?.service {
        let name = "\(service.namespace)/\(service.name)"
        switch survey.services[service] {
        case .missing: message = "asks the Service \(name), which doesn't exist: \(effect)."
        case .withoutEndpoints: message = "asks the Service \(name), for which no pod answers: \(effect)."
        case .there:
          message =
            "asks the Service \(name), which answers: kube-fledged's rules hold, and once its server has stopped, \(effect)."
        case nil: message = "asks the Service \(name). Once nobody answers for that, \(effect)."
        }
      } else {
        message =
          "asks \(webhook.clientConfig?.url ?? "somebody") about ImageCaches. If nobody answers there, \(effect)."
      }
      let name = Self.name(configuration.metadata)
      message += " Nothing that Swiftlet does needs it."
      add(
        Finding(
          .action, "ForeignWebhook", Self.object("ValidatingWebhookConfiguration", configuration.metadata), message,
          [(.webhook, "kubectl delete validatingwebhookconfiguration \(name) --ignore-not-found")]))
    }
  }

  mutating func definition() {
    switch survey.definition {
    case .unknown: break
    case .missing:
      add(
        Finding(
          .note, "NoDefinition", "CustomResourceDefinition \(SurveyedDefinition.name)",
          "isn't there, and so there are no ImageCaches; Swiftlet's installation brings it."))
    case .found(let definition):
      let object = Self.object("CustomResourceDefinition", definition.metadata)
      if !definition.hasStatusSubresource {
        add(
          Finding(
            .note, "DefinitionOfKubeFledged", object,
            "is kube-fledged's. Swiftlet's installation adds the status subresource and columns; no field is taken away, and no object changes."
          ))
      }
      if definition.metadata.labels?["app"] == "kubefledged" {
        add(
          Finding(
            .note, "DefinitionLabelled", object,
            "has kube-fledged's label, by which `make remove-kubefledged` deletes it, and all ImageCaches with it.",
            [(.keep, "kubectl label crd \(SurveyedDefinition.name) app-")]))
      }
    }
  }

  mutating func bindings() {
    var names: [String] = []
    for binding in survey.bindings ?? [] where binding.isKubeFledgeds {
      let name = "clusterrolebinding/\(binding.metadata.name ?? "")"
      guard binding.bindsAllNodes else {
        names.append(Shell.word(name))
        continue
      }
      let role = "\(binding.roleRef.kind.lowercased())/\(binding.roleRef.name)"
      add(
        Finding(
          .action, "RoleOfAllNodes", Self.object("ClusterRoleBinding", binding.metadata),
          "gives \(binding.roleRef.name) to system:nodes: whoever has taken over one node may \(binding.rights). Swiftlet needs no such thing.",
          [(.cleanUp, "kubectl delete \(Shell.word(name)) \(Shell.word(role)) --ignore-not-found")]))
    }
    guard !names.isEmpty else { return }
    add(
      Finding(
        .note, "Bindings", nil, "\(count(names.count, "more ClusterRoleBinding")) of kube-fledged's.",
        [(.cleanUp, "kubectl delete \(names.sorted().prefix(20).joined(separator: " ")) --ignore-not-found")]))
  }

  mutating func jobs() {
    let jobs = (survey.jobs ?? []).filter(\.isKubeFledgeds)
    guard !jobs.isEmpty else { return }
    let active = jobs.count { ($0.status?.active ?? 0) > 0 }
    let spaces = Set(jobs.map { $0.metadata.namespace ?? "default" }).sorted()
    var message = "\(count(jobs.count, "Job")) of kube-fledged's in \(spaces.prefix(5).joined(separator: ", "))"
    if spaces.count > 5 { message += " and \(spaces.count - 5) more namespaces" }
    message += active > 0 ? ", \(active) still running" : ", none of which runs"
    message += ". Their containers keep the images in use, which then can't be removed."
    add(
      Finding(
        .action, "LeftoverJobs", nil, message,
        spaces.prefix(20).map { (.cleanUp, "kubectl -n \(Shell.word($0)) delete jobs -l '\(SurveyedJob.selector)'") }))
  }

  /// What would be carried out as soon as Swiftlet looks.
  mutating func annotations() {
    let caches = survey.caches.compactMap(\.cache)
    for (annotation, severity, reason, meaning) in [
      (
        ImageCacheAnnotation.purge, Finding.Severity.action, "PurgeAskedFor",
        "asks for a purge that isn't done: Swiftlet removes its images from the nodes at once. Take the annotation off if that isn't meant any more."
      ),
      (
        ImageCacheAnnotation.refresh, .note, "RefreshAskedFor",
        "asks for a refresh that isn't done: Swiftlet compares the images that follow their tag with the registry at once."
      ),
    ] {
      for cache in caches.filter({ $0.metadata.annotations?[annotation] != nil }).prefix(20) {
        let place = Self.arguments(cache.metadata)
        add(
          Finding(
            severity, reason, Self.object("ImageCache", cache.metadata), meaning,
            severity == .action
              ? [
                (
                  .asked,
                  "kubectl \(place)annotate imagecache.kubefledged.io \(Self.name(cache.metadata)) \(annotation)-"
                )
              ]
              : []))
      }
    }
  }

  mutating func secrets() {
    let wanted = Set(survey.caches.compactMap(\.cache).flatMap(\.pullSecrets)).filter { $0.namespace != namespace }
    let missing = wanted.filter { survey.readable[$0] != true }
    let byNamespace = Dictionary(grouping: missing, by: \.namespace)
    guard !byNamespace.isEmpty else { return }
    let isKnown = survey.isLive && missing.allSatisfy { survey.readable[$0] == false }
    let entries = byNamespace.sorted { $0.key < $1.key }.prefix(20).map { space, secrets in
      "{namespace: \(space), names: [\(secrets.map(\.name).sorted().prefix(20).joined(separator: ", "))]}"
    }
    let list = "secretNamespaces: [\(entries.joined(separator: ", "))]"
    add(
      Finding(
        isKnown ? .action : .note, "SecretsOfNamespaces", nil,
        "ImageCaches name pull secrets in \(byNamespace.keys.sorted().prefix(10).joined(separator: ", ")), which the controller \(isKnown ? "may not" : "must be allowed to") get, so that agents pull with them (docs/private-registries.md). With Helm, as a value: \(Escaping.visible(list))",
        byNamespace.keys.sorted().prefix(20).map { space in
          (
            .install,
            "sed 's/namespace: NAMESPACE/namespace: \(Shell.word(space))/' docs/examples/pull-secrets-role.yaml | kubectl apply -f -"
          )
        }))
  }

  /// Namespaces of kube-fledged's own, which its users are told to delete.
  mutating func namespaces() {
    let homes = Set((survey.deployments ?? []).filter { $0.program != nil }.compactMap(\.metadata.namespace))
    for home in homes.sorted() {
      let caches = survey.caches.filter { $0.metadata.namespace == home }
      guard !caches.isEmpty else { continue }
      add(
        Finding(
          .note, "CachesInItsNamespace", "Namespace \(home)",
          "holds \(count(caches.count, "ImageCache")): whoever deletes it (as `make remove-kubefledged` does) deletes what is in it too, and Swiftlet then removes the images. Remove kube-fledged's objects one by one, and leave the namespace."
        ))
    }
  }
}
