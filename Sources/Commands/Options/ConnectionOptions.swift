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

  package init() {}

  package func client(logger: Logger, environment: Environment = .process) throws -> KubernetesClient {
    do {
      let configuration = try ClientConfiguration.load(
        kubeconfig: kubeconfig, context: context ?? environment.text("SWIFTLET_CONTEXT"))
      return try KubernetesClient(configuration: configuration, logger: logger)
    } catch {
      throw CommandFailure("Can't connect to a cluster: \(error)")
    }
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
