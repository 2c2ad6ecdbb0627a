#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
package import KubernetesClient
import KubernetesRuntime
package import OCI
package import SwiftletAPI
import Synchronization

/// Asks the controller for credentials, for all pulls that want some at the same time with one request.
///
/// Where the controller's leader is, it looks up in the leader's lease, and again after any failure. Nothing is asked and
/// nothing is held while no image needs credentials.
package final class ExchangeClient: CredentialSource {
  private typealias Answer = Result<ImageCredentials, CredentialFailure>

  private struct State {
    /// By image.
    var questions: [Question<String, Answer>] = []
    var isOver = false
  }

  /// How long one request, with all its repetitions, may take.
  package static let limit = Duration.seconds(20)
  /// How long one attempt may take.
  static let attemptLimit = Duration.seconds(8)
  static let backoff = Backoff(initial: .milliseconds(250), max: .seconds(5))
  private static let ended = CredentialFailure("the agent is shutting down")

  private let lease: @Sendable () async throws -> Lease
  private let tokenPath: String
  private let transport: any ExchangeTransport
  private let time: TimeSource
  private let state = Mutex(State())
  private let (signals, signal) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

  /// - Parameters:
  ///   - lease: reads the lease of the controller's leader.
  ///   - tokenPath: the file with this agent's token. Read each time, because it is replaced now and then.
  package init(
    lease: @escaping @Sendable () async throws -> Lease, tokenPath: String,
    transport: any ExchangeTransport = HTTPSExchangeTransport(), clock: any Clock<Duration> = ContinuousClock()
  ) {
    self.lease = lease
    self.tokenPath = tokenPath
    self.transport = transport
    time = TimeSource(clock)
  }

  /// With the lease in a cluster; needs the verb get on it.
  package convenience init(client: KubernetesClient, namespace: String, tokenPath: String) {
    self.init(
      lease: { try await client.get(Lease.self, name: CredentialExchange.leaseName, namespace: namespace) },
      tokenPath: tokenPath)
  }

  /// How many pulls wait for a request of theirs to begin.
  package var waitingCount: Int { state.withLock { $0.questions.count } }

  package func offer(for reference: ImageReference) async -> CredentialOffer {
    do throws(CredentialFailure) {
      return CredentialOffer(try await credentials(for: reference.normalized))
    } catch {
      return CredentialOffer(notes: [.secretsUnavailable(error)])
    }
  }

  /// The credentials for one image of the node's plan.
  ///
  /// - Parameter image: the normalised reference.
  package func credentials(for image: String) async throws(CredentialFailure) -> ImageCredentials {
    let question = Question<String, Answer>(image)
    let isOver = state.withLock { state in
      if !state.isOver { state.questions.append(question) }
      return state.isOver
    }
    guard !isOver else { throw Self.ended }
    signal.yield()
    guard let answer = await question.wait() else {
      state.withLock { $0.questions.removeAll { $0 === question } }
      throw Self.ended
    }
    return try answer.get()
  }

  package func run() async {
    var place: ExchangePlace?
    for await _ in signals {
      while !Task.isCancelled {
        let questions = state.withLock { state in
          let batch = state.questions.prefix(CredentialExchange.maxImages)
          state.questions.removeFirst(batch.count)
          return batch
        }
        guard !questions.isEmpty else { break }
        let answer = await ask(Set(questions.map(\.subject)), &place)
        for question in questions { question.end(Self.part(of: answer, for: question.subject)) }
      }
    }
    let left = state.withLock { state in
      defer { state = State(isOver: true) }
      return state.questions
    }
    for question in left { question.end(.failure(Self.ended)) }
  }

  private static func part(
    of answer: Result<CredentialAnswer, CredentialFailure>, for image: String
  ) -> Result<ImageCredentials, CredentialFailure> {
    answer.flatMap { answer in
      guard let credentials = answer.images[image] else {
        return .failure(CredentialFailure("the controller doesn't plan this image for this node any more"))
      }
      return .success(credentials)
    }
  }

  // MARK: Asking

  private func ask(
    _ images: Set<String>, _ place: inout ExchangePlace?
  ) async -> Result<CredentialAnswer, CredentialFailure> {
    let end = time.now + Self.limit
    var failures = 0
    while true {
      let failure: ExchangeFailure
      do throws(ExchangeFailure) {
        return .success(try await askOnce(images, &place, until: min(end, time.now + Self.attemptLimit)))
      } catch {
        failure = error
      }
      place = nil
      failures += 1
      let pause = max(failure.retryAfter ?? .zero, Self.backoff.delay(attempt: failures))
      guard failure.isTransient, !Task.isCancelled, time.now + pause < end else {
        return .failure(CredentialFailure(failure.message))
      }
      do {
        try await time.sleep(for: pause)
      } catch {
        return .failure(Self.ended)
      }
    }
  }

  private func askOnce(
    _ images: Set<String>, _ place: inout ExchangePlace?, until deadline: Duration
  ) async throws(ExchangeFailure) -> CredentialAnswer {
    let known = place
    let result: Result<(ExchangePlace, CredentialAnswer), ExchangeFailure>?
    do {
      result = try await withDeadline(deadline, time: time) { [self] in
        do throws(ExchangeFailure) {
          let place = try await find(known)
          return .success((place, try await post(images, to: place)))
        } catch {
          return .failure(error)
        }
      }
    } catch {
      throw ExchangeFailure("the agent is shutting down", isTransient: false)
    }
    guard let result else { throw ExchangeFailure("no answer from the controller in time") }
    let (found, answer) = try result.get()
    place = found
    return answer
  }

  private func find(_ known: ExchangePlace?) async throws(ExchangeFailure) -> ExchangePlace {
    if let known { return known }
    let lease: Lease
    do {
      lease = try await self.lease()
    } catch {
      throw ExchangeFailure("the lease of the controller's leader can't be read: \(error)")
    }
    guard let place = ExchangePlace(lease) else {
      throw ExchangeFailure("no controller hands out credentials: the lease of its leader names no address")
    }
    return place
  }

  private func post(_ images: Set<String>, to place: ExchangePlace) async throws(ExchangeFailure) -> CredentialAnswer {
    let body: Data
    do {
      body = try JSONEncoder().encode(CredentialRequest(images: images.sorted()))
    } catch {
      throw ExchangeFailure("the request can't be encoded", isTransient: false)
    }
    let answer = try await transport.post(body, to: place, token: try token())
    do {
      return try JSONDecoder().decode(CredentialAnswer.self, from: answer)
    } catch {
      // What the decoder says may quote what it read.
      throw ExchangeFailure("the controller's answer can't be read", isTransient: false)
    }
  }

  private func token() throws(ExchangeFailure) -> String {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: tokenPath))
    } catch {
      throw ExchangeFailure("this agent's token can't be read from \(tokenPath)")
    }
    let bytes = data.filter { $0 > 0x20 && $0 < 0x7f }
    guard !bytes.isEmpty, bytes.count <= 16 << 10 else {
      throw ExchangeFailure("there is no token in \(tokenPath)")
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
