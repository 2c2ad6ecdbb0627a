package import KubernetesClient
package import SwiftletAPI

/// Looks at a cluster. Changes nothing.
package struct ClusterSurvey: Sendable {
  private let client: KubernetesClient
  /// Where Swiftlet is, or will be.
  private let namespace: String
  /// How many secrets are asked about at most.
  private static let maxReviews = 200

  package init(client: KubernetesClient, namespace: String) {
    self.client = client
    self.namespace = namespace
  }

  /// - Throws: `CommandFailure` where the API server can't be reached, or doesn't know who asks.
  package func survey() async throws -> Survey {
    var survey = Survey(source: .cluster(client.configuration.server))
    survey.caches = try await list(SurveyedCache.self, "ImageCaches", &survey) ?? []
    survey.nodes = try await list(SurveyedNode.self, "Nodes", &survey)
    survey.deployments = try await list(SurveyedDeployment.self, "Deployments", &survey)?
      .filter { $0.program != nil || $0.isSwiftlet }
    survey.webhooks = try await list(SurveyedWebhooks.self, "ValidatingWebhookConfigurations", &survey)?
      .filter { !$0.foreign.isEmpty }
    survey.bindings = try await list(SurveyedBinding.self, "ClusterRoleBindings", &survey)?.filter(\.isKubeFledgeds)
    survey.jobs = try await list(
      SurveyedJob.self, "Jobs", &survey, options: ListOptions(labelSelector: SurveyedJob.selector))
    survey.operated = try await list(BareDeployed.self, "KubeFledgeds", &survey)
    survey.inventories = try await list(NodeInventory.self, "NodeInventories", &survey)
    survey.definition = try await definition(&survey)
    for webhook in (survey.webhooks ?? []).flatMap(\.foreign) {
      guard let service = webhook.clientConfig?.service, survey.services[service] == nil else { continue }
      survey.services[service] = try await state(of: service, &survey)
    }
    try await review(&survey)
    return survey
  }

  /// - Returns: nil where the objects may not be listed; none where there is no such kind.
  private func list<Resource: KubernetesResource>(
    _ type: Resource.Type, _ what: String, _ survey: inout Survey, options: ListOptions = ListOptions()
  ) async throws -> [Resource]? {
    do throws(KubernetesError) {
      return try await client.listAll(type, options: options).items
    } catch {
      if error.isNotFound { return [] }
      try note(error, what, &survey)
      return nil
    }
  }

  private func definition(_ survey: inout Survey) async throws -> Survey.Definition {
    do throws(KubernetesError) {
      return .found(try await client.get(SurveyedDefinition.self, name: SurveyedDefinition.name))
    } catch {
      if error.isNotFound { return .missing }
      try note(error, "the definition of ImageCache", &survey)
      return .unknown
    }
  }

  private func state(of service: ServiceName, _ survey: inout Survey) async throws -> ServiceState? {
    do throws(KubernetesError) {
      _ = try await client.get(SurveyedService.self, name: service.name, namespace: service.namespace)
    } catch {
      if error.isNotFound { return .missing }
      try note(error, "Service \(service.namespace)/\(service.name)", &survey)
      return nil
    }
    do throws(KubernetesError) {
      let endpoints = try await client.get(SurveyedEndpoints.self, name: service.name, namespace: service.namespace)
      return endpoints.hasAddresses ? .there : .withoutEndpoints
    } catch {
      // A Service that nobody answers for has no Endpoints in some clusters.
      return error.isNotFound ? .withoutEndpoints : .there
    }
  }

  /// Whether the controller may get the secrets that ImageCaches name. Who may not ask leaves that open.
  private func review(_ survey: inout Survey) async throws {
    let account = "system:serviceaccount:\(namespace):swiftlet-controller"
    for secret in Set(survey.caches.compactMap(\.cache).flatMap(\.pullSecrets)).sorted(by: Self.isBefore)
      .prefix(Self.maxReviews)
    {
      let groups = ["system:serviceaccounts", "system:serviceaccounts:\(namespace)", "system:authenticated"]
      let review = SubjectAccessReview(
        spec: SubjectAccessReview.Spec(
          user: account, groups: groups,
          resourceAttributes: SubjectAccessReview.Attributes(
            namespace: secret.namespace, verb: "get", resource: "secrets", name: secret.name)))
      do throws(KubernetesError) {
        survey.readable[secret] = try await client.create(review).status?.allowed
      } catch {
        guard !error.isForbidden else { return }
        try note(error, "the rights of \(account)", &survey)
        return
      }
    }
  }

  private static func isBefore(_ left: PullSecretReference, _ right: PullSecretReference) -> Bool {
    (left.namespace, left.name) < (right.namespace, right.name)
  }

  /// What may not be looked at is noted; anything else ends the survey.
  private func note(_ error: KubernetesError, _ what: String, _ survey: inout Survey) throws {
    guard error.isForbidden else {
      throw CommandFailure(StatusSource.words(error, kind: what, server: client.configuration.server))
    }
    survey.gaps.append(Survey.Gap(what: what, reason: "you may not look at them: \(error.message)".bounded(to: 300)))
  }
}

extension ImageCache {
  /// The secrets that it names, in its own namespace.
  package var pullSecrets: [PullSecretReference] {
    guard let namespace = metadata.namespace else { return [] }
    return (spec.imagePullSecrets ?? []).compactMap { secret in
      guard let name = secret.name, !name.isEmpty else { return nil }
      return PullSecretReference(namespace: namespace, name: name)
    }
  }
}
