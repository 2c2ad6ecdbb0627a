#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a credential plugin is told, and how its failures are told to the user.
struct ExecCredentialRequest {
  var plugin: ExecPlugin
  var configuration: ClientConfiguration

  /// The value of KUBERNETES_EXEC_INFO.
  func text(readFile: (String) throws -> [UInt8]) throws -> String {
    var spec: JSONValue = ["interactive": false]
    if plugin.providesClusterInfo { spec["cluster"] = try cluster(readFile) }
    let document: JSONValue = [
      "apiVersion": .string(plugin.apiVersion), "kind": "ExecCredential", "spec": spec,
    ]
    return String(decoding: try JSONValue.canonicalData(document), as: UTF8.self)
  }

  private func cluster(_ readFile: (String) throws -> [UInt8]) throws -> JSONValue {
    let tls = configuration.tls
    var cluster: JSONValue = ["server": .string(configuration.server)]
    cluster["tls-server-name"] = tls.serverName.map { .string($0) }
    if tls.isInsecure { cluster["insecure-skip-tls-verify"] = true }
    cluster["proxy-url"] = configuration.proxy.map { .string($0) }
    cluster["config"] = plugin.clusterConfig
    switch tls.certificateAuthority {
    case .inline(let data):
      cluster["certificate-authority-data"] = .string(Data(data.bytes).base64EncodedString())
    case .file(let path):
      do {
        cluster["certificate-authority-data"] = .string(Data(try readFile(path)).base64EncodedString())
      } catch {
        throw CredentialError(description: "\(path): can't be read: \(error)")
      }
    case nil:
      break
    }
    return cluster
  }

  func explain(_ failure: ChildProgram.Failure) -> String {
    let text = "credential plugin \(plugin.command): \(failure)"
    guard case .notStarted = failure, let hint = plugin.installHint, !hint.isEmpty else { return text }
    return "\(text); \(hint)"
  }
}
