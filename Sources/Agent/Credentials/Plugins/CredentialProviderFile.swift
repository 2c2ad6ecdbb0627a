#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import KubernetesClient
import OCI
import Yams

/// The kubelet's `CredentialProviderConfig`: read and checked as the kubelet does it, except that fields that aren't
/// known here don't matter.
package enum CredentialProviderFile {
  /// A file can't be used.
  package struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
    package let path: String
    package let message: String

    package init(path: String, message: String) {
      self.path = path
      self.message = message
    }

    package var description: String { "\(path): \(message)" }
  }

  static let maxBytes = 1 << 20
  private static let apiVersions = ["v1", "v1beta1", "v1alpha1"].map { "kubelet.config.k8s.io/\($0)" }

  /// - Parameter path: a file; or a folder, all of whose .json, .yaml and .yml files count, in the order of their names.
  package static func read(_ path: String) throws(Problem) -> [CredentialProvider] {
    var providers: [CredentialProvider] = []
    for file in try files(at: path) {
      for provider in try parse(try content(of: file), path: file) {
        guard !providers.contains(where: { $0.name == provider.name }) else {
          throw Problem(path: file, message: "names the provider \(provider.name) a second time")
        }
        providers.append(provider)
      }
    }
    return providers
  }

  private static func files(at path: String) throws(Problem) -> [String] {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Problem(path: path, message: "isn't there")
    }
    guard isFolder else { return [path] }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw Problem(path: path, message: "can't be read")
    }
    let files = names.filter { name in [".json", ".yaml", ".yml"].contains { name.hasSuffix($0) } }
    guard !files.isEmpty else { throw Problem(path: path, message: "holds no .json, .yaml or .yml file") }
    return files.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "\(path)/\($0)" }
  }

  private static func content(of path: String) throws(Problem) -> [UInt8] {
    do {
      return [UInt8](try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw Problem(path: path, message: "can't be read")
    }
  }

  /// - Parameters:
  ///   - bytes: YAML, or JSON.
  ///   - path: for what is said of it.
  package static func parse(_ bytes: [UInt8], path: String) throws(Problem) -> [CredentialProvider] {
    guard bytes.count <= maxBytes else { throw Problem(path: path, message: "is larger than \(maxBytes) bytes") }
    let file: File
    do {
      file = try YAMLDecoder().decode(File.self, from: String(decoding: bytes, as: UTF8.self))
    } catch {
      // What the decoder says may quote the file, whose variables may hold secrets.
      throw Problem(path: path, message: "is no CredentialProviderConfig in YAML or JSON")
    }
    guard file.kind == "CredentialProviderConfig", let version = file.apiVersion, apiVersions.contains(version) else {
      throw Problem(
        path: path, message: "is no CredentialProviderConfig of \(apiVersions.joined(separator: ", "))")
    }
    guard let entries = file.providers, !entries.isEmpty else {
      throw Problem(path: path, message: "providers is empty")
    }
    var providers: [CredentialProvider] = []
    for (index, entry) in entries.enumerated() {
      do throws(Invalid) {
        let provider = try entry.provider()
        guard !providers.contains(where: { $0.name == provider.name }) else {
          throw Invalid("name: \(provider.name) is named before")
        }
        providers.append(provider)
      } catch {
        throw Problem(path: path, message: "providers[\(index)].\(error.message)")
      }
    }
    return providers
  }

  private struct Invalid: Error {
    let message: String

    init(_ message: String) { self.message = message }
  }

  private struct File: Decodable {
    let apiVersion: String?
    let kind: String?
    let providers: [Entry]?
  }

  private struct Entry: Decodable {
    struct Variable: Decodable {
      let name: String?
      let value: String?
    }

    /// Something, whatever it is.
    struct Something: Decodable {
      init(from decoder: any Decoder) {}
    }

    let name: String?
    let matchImages: [String]?
    let defaultCacheDuration: String?
    let apiVersion: String?
    let args: [String]?
    let env: [Variable]?
    let tokenAttributes: Something?

    func provider() throws(Invalid) -> CredentialProvider {
      // It becomes part of a path.
      guard let name, !name.isEmpty, name != ".", name != "..", name.utf8.count <= 255,
        name.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") })
      else { throw Invalid("name: has to be the name of a file, without slashes and spaces") }
      guard let images = matchImages, !images.isEmpty else { throw Invalid("matchImages: is empty") }
      var patterns: [RegistryPattern] = []
      for (index, image) in images.enumerated() {
        guard let pattern = RegistryPattern(matchImage: image) else {
          throw Invalid("matchImages[\(index)]: is no pattern of images")
        }
        patterns.append(pattern)
      }
      guard let duration = defaultCacheDuration.flatMap({ GoDuration.parse($0, allowsNegative: false) }) else {
        throw Invalid("defaultCacheDuration: has to be a duration such as 12h, and not negative")
      }
      guard let apiVersion, CredentialProvider.apiVersions.contains(apiVersion) else {
        throw Invalid("apiVersion: has to be one of \(CredentialProvider.apiVersions.joined(separator: ", "))")
      }
      var environment: [String: String] = [:]
      for (index, variable) in (env ?? []).enumerated() {
        guard let name = variable.name, !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")) else {
          throw Invalid("env[\(index)].name: has to be the name of a variable")
        }
        environment[name] = variable.value ?? ""
      }
      return CredentialProvider(
        name: name, matchImages: patterns, defaultCacheDuration: duration, apiVersion: apiVersion,
        arguments: args ?? [], environment: environment, needsToken: tokenAttributes != nil)
    }
  }
}
