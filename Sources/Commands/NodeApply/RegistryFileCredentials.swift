import Agent
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
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

  func offer(for reference: ImageReference) async -> CredentialOffer {
    let candidates = keyring.candidates(for: reference).map {
      CredentialOffer.Candidate(origin: .secret($0.source), login: $0.login)
    }
    let notes = candidates.isEmpty ? [SecretNote(secret: path, problem: .noEntry)] : []
    return CredentialOffer(candidates: candidates, notes: notes.map { .secret($0) })
  }
}
