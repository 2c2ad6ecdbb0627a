import Agent
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import KubernetesClient
import OCI
import SwiftletAPI

/// Logins out of a Docker configuration file on this machine.
struct RegistryFileCredentials: Agent.CredentialSource {
  /// The file is of no use.
  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  private let path: String
  private let keyring: Keyring<String>

  /// - Throws: `Unreadable`. It shows nothing of the file's content.
  init(path: String) throws {
    self.path = path
    var keyring = Keyring<String>()
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw Unreadable(description: "\(Escaping.visible(path)): can't be read")
    }
    do throws(DockerConfigurationError) {
      keyring.add(try DockerConfiguration(configJSON: [UInt8](data)), from: path)
    } catch {
      throw Unreadable(description: "\(Escaping.visible(path)): \(error)")
    }
    self.keyring = keyring
  }

  func run() async {}

  func credentials(for image: String) async throws(CredentialFailure) -> ImageCredentials {
    let reference: ImageReference
    do throws(ImageReferenceError) {
      reference = try ImageReference(parsing: image)
    } catch {
      throw CredentialFailure(error.description)
    }
    let candidates = keyring.candidates(for: reference).map { OfferedLogin($0.login, from: $0.source) }
    let notes = candidates.isEmpty ? [SecretNote(secret: path, problem: .noEntry)] : []
    return ImageCredentials(candidates: candidates, others: notes)
  }
}

extension OfferedLogin {
  fileprivate init(_ login: RegistryLogin, from source: String) {
    self.init(secret: source)
    switch login {
    case .password(let username, let password):
      self.username = SecretData(username)
      self.password = SecretData(password)
    case .identityToken(let token): identityToken = SecretData(token)
    case .registryToken(let token): registryToken = SecretData(token)
    }
  }
}
