#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension ClientEnvironment {
  /// The real machine.
  package static let system = ClientEnvironment(
    now: { Timestamp(Date()) },
    instant: { ContinuousClock.now },
    sleep: { try await Task.sleep(for: $0) },
    readFile: { Array(try Data(contentsOf: URL(filePath: $0))) },
    variables: { ProcessInfo.processInfo.environment })
}
