package import ArgumentParser
package import KubernetesClient
package import Logging

/// Which API server to talk to.
package struct ConnectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The kubeconfig file. Otherwise KUBECONFIG, then the service account in a pod, then ~/.kube/config.",
      valueName: "file"))
  package var kubeconfig: String?

  @Option(help: ArgumentHelp("The kubeconfig's context; its current one otherwise.", valueName: "name"))
  package var context: String?

  @Option(
    help: ArgumentHelp(
      "The API server's address, instead of the one that the configuration says; https only.", valueName: "url"))
  package var master: String?

  package init() {}

  package func client(logger: Logger, environment: Environment = .process) throws -> KubernetesClient {
    do {
      return try KubernetesClient(configuration: try configuration(environment), logger: logger)
    } catch {
      throw CommandFailure("Can't connect to a cluster: \(error)")
    }
  }

  /// - Throws: `ConfigurationError`, or `CommandFailure` where the address doesn't do.
  package func configuration(_ environment: Environment) throws -> ClientConfiguration {
    // kube-fledged's charts pass empty texts for what isn't set.
    let file = kubeconfig.flatMap { $0.isEmpty ? nil : $0 }
    var configuration = try ClientConfiguration.load(
      kubeconfig: file, context: context ?? environment.text("SWIFTLET_CONTEXT"))
    if let master, !master.isEmpty {
      // Credentials go there.
      guard master.lowercased().hasPrefix("https://") else {
        throw CommandFailure("--master must begin with https://")
      }
      configuration.server = master
    }
    return configuration
  }

  /// Runs `body` with a client, and closes that whatever happens.
  func withClient(logger: Logger, _ body: (KubernetesClient) async throws -> Void) async throws {
    let client = try client(logger: logger)
    let result: Result<Void, any Error>
    do {
      try await body(client)
      result = .success(())
    } catch {
      result = .failure(error)
    }
    do {
      try await client.shutdown()
    } catch {
      logger.debug("the client's connections weren't closed", metadata: ["error": "\(error)"])
    }
    try result.get()
  }
}
