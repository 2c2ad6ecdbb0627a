package import ArgumentParser
package import Operator
package import SwiftletAPI

/// How ImageCaches are treated; flags as kube-fledged's controller has them.
package struct ImageCacheOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The kinds of others to serve, by comma: ImageCache; none for no others. One that is named here and not installed "
        + "counts as unknown: nothing is removed meanwhile. (default: ImageCache)", valueName: "kinds"))
  package var frontEnds: FrontEndsArgument?

  @Option(
    help: ArgumentHelp(
      "How often images that follow their tag are compared with the registry; 0s for never. (default: 15m)"))
  package var imageCacheRefreshFrequency: PatienceArgument?

  @Option(
    help: ArgumentHelp(
      "IfNotPresent: only images with the tag latest follow it. Always: all images with a tag do. "
        + "(default: IfNotPresent)"))
  package var imagePullPolicy: PullPolicy?

  package init() {}

  /// - Throws: `ValidationError`.
  package func frontEnds(_ environment: Environment) throws -> Set<OptionalFrontEnd> {
    try frontEnds?.kinds ?? (environment.value("SWIFTLET_FRONT_ENDS") as FrontEndsArgument?)?.kinds
      ?? Set(OptionalFrontEnd.allCases)
  }

  /// - Throws: `ValidationError`.
  package func rules(_ environment: Environment) throws -> ImageCacheRules {
    var rules = ImageCacheRules()
    if let frequency = try imageCacheRefreshFrequency ?? environment.value("SWIFTLET_IMAGE_CACHE_REFRESH_FREQUENCY") {
      rules.refreshInterval = frequency.duration == .zero ? nil : frequency.duration
    }
    if let policy = try imagePullPolicy ?? environment.value("SWIFTLET_IMAGE_PULL_POLICY") { rules.pullPolicy = policy }
    return rules
  }
}

extension PullPolicy: ExpressibleByArgument {}

/// Kinds of others, by comma; `none` for none.
package struct FrontEndsArgument: ExpressibleByArgument, Sendable, Hashable {
  package let kinds: Set<OptionalFrontEnd>

  package init?(argument: String) {
    var kinds: Set<OptionalFrontEnd> = []
    if argument != "none" {
      for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
        guard let kind = OptionalFrontEnd(rawValue: String(word)) else { return nil }
        kinds.insert(kind)
      }
    }
    self.kinds = kinds
  }

  package static var allValueStrings: [String] { OptionalFrontEnd.allCases.map(\.rawValue) + ["none"] }
}
