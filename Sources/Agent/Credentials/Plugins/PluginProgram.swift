#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import KubernetesClient
package import OCI

/// Asks one plugin for an image's logins.
package protocol PluginProgram: Sendable {
  func ask(
    _ provider: CredentialProvider, for reference: ImageReference
  ) async throws(CredentialPluginFailure) -> CredentialProviderAnswer
}

/// Runs the program, without a shell: the question on its standard input, the answer on its standard output. What it
/// writes to standard error is thrown away, because it may hold secrets.
package struct InstalledPluginProgram: PluginProgram {
  /// As long as the kubelet waits.
  package static let timeout = Duration.seconds(60)
  static let maxOutputBytes = 1 << 20

  private let folder: String
  private let timeout: Duration
  private let environment: [String: String]

  /// - Parameters:
  ///   - folder: with the programs.
  ///   - environment: what every plugin gets besides its own variables.
  package init(
    folder: String, timeout: Duration = InstalledPluginProgram.timeout,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    self.folder = folder
    self.timeout = timeout
    self.environment = environment
  }

  package func ask(
    _ provider: CredentialProvider, for reference: ImageReference
  ) async throws(CredentialPluginFailure) -> CredentialProviderAnswer {
    let question: Data
    do {
      question = try JSONEncoder().encode(Question(apiVersion: provider.apiVersion, image: reference.name))
    } catch {
      throw .notAnswer
    }
    let path = "\(folder)/\(provider.name)"
    let program = ChildProgram(
      command: path, arguments: provider.arguments,
      environment: environment.merging(provider.environment) { $1 }, input: [UInt8](question),
      errorOutput: .discarded, timeout: timeout, maxOutputBytes: Self.maxOutputBytes)
    let output: [UInt8]
    do {
      output = try await program.run()
    } catch let failure as ChildProgram.Failure {
      guard failure.isAboutMissingFile else { throw .program(failure) }
      throw FileManager.default.fileExists(atPath: path) ? .noInterpreter : .notThere(folder: folder)
    } catch {
      throw .shuttingDown
    }
    return try CredentialProviderAnswer(output, apiVersion: provider.apiVersion)
  }

  private struct Question: Encodable {
    var kind = "CredentialProviderRequest"
    let apiVersion: String
    let image: String
  }
}
