import Certificates
import Foundation
import KubernetesClient
import Synchronization
import Webhook

/// A Secret and a configuration as an API server keeps them: with versions, and writes that conflict.
final class FakeStore: CertificateStore {
  struct State {
    var secret: Secret?
    var configuration: ValidatingWebhookConfiguration?
    var version = 0
    var writes: [String] = []
    /// Writes that are still let through; then everything fails.
    var writesLeft = Int.max
    /// Called before a write is looked at, once.
    var interruption: (@Sendable (FakeStore) -> Void)?
  }

  let state: Mutex<State>

  init(webhooks: Int = 3) {
    let hooks = (0..<webhooks).map { ValidatingWebhookConfiguration.Webhook(name: "w\($0)", clientConfig: .init()) }
    let configuration = ValidatingWebhookConfiguration(
      metadata: ObjectMeta(name: "c", resourceVersion: "0"), webhooks: hooks)
    state = Mutex(State(configuration: configuration))
  }

  func configuration() async throws(KubernetesError) -> ValidatingWebhookConfiguration? {
    state.withLock { $0.configuration }
  }

  func secret() async throws(KubernetesError) -> Secret? { state.withLock { $0.secret } }

  func write(_ book: CertificateBook, over secret: Secret?) async throws(KubernetesError) {
    try change("secret") { (state) throws(KubernetesError) in
      guard secret?.metadata.resourceVersion == state.secret?.metadata.resourceVersion else { throw Self.conflict }
      var new = state.secret ?? Secret(metadata: ObjectMeta(name: "s", annotations: [:]), data: [:])
      new.metadata.resourceVersion = "\(state.version)"
      for (key, value) in book.data { new.data?[key] = value }
      for (key, value) in book.annotations {
        if let value { new.metadata.annotations?[key] = value } else { new.metadata.annotations?[key] = nil }
      }
      state.secret = new
    }
  }

  func trust(
    _ bundle: String, in configuration: ValidatingWebhookConfiguration
  ) async throws(KubernetesError) {
    try change("trust") { (state) throws(KubernetesError) in
      guard configuration.metadata.resourceVersion == state.configuration?.metadata.resourceVersion else {
        throw Self.conflict
      }
      state.configuration?.metadata.resourceVersion = "\(state.version)"
      state.configuration?.trust(bundle)
    }
  }

  private func change(
    _ what: String, _ body: (inout State) throws(KubernetesError) -> Void
  ) throws(KubernetesError) {
    let interruption = state.withLock { state in
      defer { state.interruption = nil }
      return state.interruption
    }
    interruption?(self)
    let result: Result<Void, KubernetesError> = state.withLock { state in
      guard state.writesLeft > 0 else { return .failure(Self.gone) }
      state.version += 1
      do throws(KubernetesError) {
        try body(&state)
      } catch {
        return .failure(error)
      }
      state.writesLeft -= 1
      state.writes.append(what)
      return .success(())
    }
    try result.get()
  }

  var bundles: Set<String> {
    state.withLock { state in Set((state.configuration?.webhooks ?? []).map(\.bundle)) }
  }

  var book: CertificateBook? { state.withLock { $0.secret.flatMap { CertificateBook($0) } } }

  static let conflict = KubernetesError(
    cause: .status, code: 409, reason: "Conflict", message: "changed", operation: "patch")
  static let gone = KubernetesError(cause: .connection, message: "gone", operation: "patch")
}

extension ValidatingWebhookConfiguration {
  mutating func trust(_ bundle: String) {
    let text = Data(bundle.utf8).base64EncodedString()
    webhooks = (webhooks ?? []).map { Webhook(name: $0.name, clientConfig: ClientConfig(caBundle: text)) }
  }
}

extension ValidatingWebhookConfiguration.Webhook {
  /// In PEM.
  var bundle: String {
    String(decoding: clientConfig.caBundle.flatMap { Data(base64Encoded: $0) } ?? Data(), as: UTF8.self)
  }
}
