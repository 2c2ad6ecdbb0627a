package import ArgumentParser
import KubernetesClient
import Logging
import Observability
import Operator
package import SwiftletAPI

/// `swiftlet migrate imagesets`.
package struct MigrateImageSetsCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "imagesets", abstract: "Print ImageSets that want what ImageCaches want, for kubectl apply.",
    discussion: """
      Each is named NAMESPACE.NAME after its ImageCache, since ImageSets have no namespace; an ImageCache with several \
      node selectors, or with images that follow their tag beside others that don't, becomes several, numbered. Nothing \
      needs this: ImageCaches go on to work as they are. Once the ImageSets are ready the ImageCaches can be deleted; \
      what the ImageSets want stays on the nodes.

      Ends with 0 when all of it could be converted, with 2 when something was left out (said on standard error), with 1 \
      when the cluster can't be reached or a file can't be read, and with 64 for a wrong flag.
      """)

  @OptionGroup
  package var source: MigrateSource

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Only those of this namespace; with -f, the namespace of objects that name none. (default: all; default)",
      valueName: "name"))
  package var namespace: String?

  @Option(help: "What kube-fledged's controller was told: which images follow their tag.")
  package var imagePullPolicy: PullPolicy = .ifNotPresent

  @Option(
    help: ArgumentHelp(
      "What kube-fledged's controller was told: how often they do; 0s for never.", valueName: "duration"))
  package var imageCacheRefreshFrequency: PatienceArgument = PatienceArgument(.seconds(15 * 60))

  @OptionGroup(title: "Logging")
  package var logging: LoggingFlags

  package init() {}

  package func validate() throws {
    try logging.checkForTool()
    let frequency = imageCacheRefreshFrequency.duration
    guard frequency == .zero || frequency >= .seconds(10) else {
      throw ValidationError("--image-cache-refresh-frequency has to be 0s, or at least 10s.")
    }
  }

  package func run() async throws {
    let environment = Environment.process
    try logging.bootstrapTool(environment, level: .critical)
    var caches: [SurveyedCache] = []
    if source.files.isEmpty {
      try await source.connection.withClient(logger: Logger(label: "swiftlet.migrate")) { client in
        do throws(KubernetesError) {
          caches = try await client.listAll(SurveyedCache.self, namespace: namespace).items
        } catch {
          guard error.isNotFound else {
            throw CommandFailure(
              StatusSource.words(error, kind: "ImageCache", server: client.configuration.server))
          }
          throw CommandFailure(
            "This cluster knows no ImageCache: choose another with --context, or name files with -f.")
        }
      }
    } else {
      do throws(ManifestProblems) {
        caches = try Survey(try ManifestDocument.read(source.files), namespace: namespace ?? "default").caches
      } catch {
        throw MigrateExit.fail(error)
      }
    }
    guard !caches.isEmpty else {
      let place = source.files.isEmpty ? namespace.map { "namespace \($0)" } ?? "this cluster" : "these files"
      throw CommandFailure("No ImageCache is in \(Escaping.visible(place)).")
    }
    let frequency = imageCacheRefreshFrequency.duration
    let rules = ImageCacheRules(pullPolicy: imagePullPolicy, refreshInterval: frequency == .zero ? nil : frequency)
    let conversion = ImageSetConversion(caches, rules: rules)
    Terminal.write(conversion.sets.map(\.yaml).joined(separator: "---\n"))
    for words in conversion.leftOut.prefix(ManifestProblems.limit) {
      Terminal.write("swiftlet: left out: \(Escaping.visible(words.bounded(to: 500)))\n", to: .standardError)
    }
    guard conversion.leftOut.isEmpty else {
      let more = conversion.leftOut.count - ManifestProblems.limit
      if more > 0 { Terminal.write("swiftlet: left out: \(more) more\n", to: .standardError) }
      throw MigrateExit.needsAction
    }
  }
}
