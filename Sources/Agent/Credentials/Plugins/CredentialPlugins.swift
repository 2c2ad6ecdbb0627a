import KubernetesRuntime
package import OCI
import Synchronization

/// The kubelet's credential-provider plugins, run by the agent for the images that their configuration names.
///
/// Each is asked for one image after the other, so that an answer that holds for a whole registry serves all who wait;
/// and a few of them at a time. Answers are kept in memory for as long as they say, or their configuration does.
package final class CredentialPlugins: CredentialSource {
  private typealias Answer = Result<DockerConfiguration, CredentialPluginFailure>
  private typealias Waiting = Question<ImageReference, Answer>

  private struct State {
    var waiting: [Int: [Waiting]] = [:]
    /// Providers that are being asked.
    var busy: Set<Int> = []
    var memories: [Int: PluginMemory] = [:]
    var isOver = false
  }

  /// How many plugins run at the same time.
  static let maxPrograms = 4

  /// Why no plugin can be used, if so.
  package let problem: CredentialProviderFile.Problem?
  private let providers: [CredentialProvider]
  private let program: any PluginProgram
  private let time: TimeSource
  private let state = Mutex(State())
  private let (signals, signal) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

  /// - Parameters:
  ///   - providers: those that are asked first come first.
  ///   - program: how they are asked.
  package init(
    _ providers: Result<[CredentialProvider], CredentialProviderFile.Problem>, program: any PluginProgram,
    clock: any Clock<Duration> = ContinuousClock()
  ) {
    switch providers {
    case .success(let providers):
      self.providers = providers
      problem = nil
    case .failure(let failure):
      self.providers = []
      problem = failure
    }
    self.program = program
    time = TimeSource(clock)
  }

  /// Those of a configuration, which is read once, as the kubelet does it.
  package convenience init(_ place: CredentialPluginPlace) {
    let providers: Result<[CredentialProvider], CredentialProviderFile.Problem>
    do throws(CredentialProviderFile.Problem) {
      providers = .success(try CredentialProviderFile.read(place.configuration))
    } catch {
      providers = .failure(error)
    }
    self.init(providers, program: InstalledPluginProgram(folder: place.folder))
  }

  /// Whether there is something to offer or to say about an image.
  package func handles(_ reference: ImageReference) -> Bool {
    problem != nil || providers.contains { $0.handles(reference) }
  }

  /// The names of the plugins.
  package var names: [String] { providers.map(\.name) }

  /// How many questions wait for their turn.
  package var waitingCount: Int { state.withLock { $0.waiting.values.reduce(0) { $0 + $1.count } } }

  // MARK: Offering

  package func offer(for reference: ImageReference) async -> CredentialOffer {
    if let problem { return CredentialOffer(notes: [.noPlugins("\(problem)")]) }
    let handling = providers.indices.filter { providers[$0].handles(reference) }
    let answers = await withTaskGroup(of: (Int, Answer).self) { group in
      for index in handling { group.addTask { (index, await self.answer(of: index, for: reference)) } }
      var answers: [Int: Answer] = [:]
      for await (index, answer) in group { answers[index] = answer }
      return answers
    }
    var keyring = Keyring<String>()
    for index in handling {
      if case .success(let logins) = answers[index] { keyring.add(logins, from: providers[index].name) }
    }
    let candidates = keyring.candidates(for: reference)
    let notes = handling.compactMap { index -> CredentialOffer.Note? in
      let name = providers[index].name
      switch answers[index] {
      case .success: return candidates.contains { $0.source == name } ? nil : .pluginWithoutLogin(name)
      case .failure(let failure): return .plugin(name, failure)
      case nil: return nil
      }
    }
    return CredentialOffer(
      candidates: candidates.map { CredentialOffer.Candidate(origin: .plugin($0.source), login: $0.login) },
      notes: notes)
  }

  package func refused(for reference: ImageReference) {
    state.withLock { state in
      for index in providers.indices where providers[index].handles(reference) {
        state.memories[index]?.forget(reference)
      }
    }
  }

  private func answer(of provider: Int, for reference: ImageReference) async -> Answer {
    guard !providers[provider].needsToken else { return .failure(.needsToken) }
    let now = time.now
    let question = Waiting(reference)
    let known = state.withLock { state -> Answer? in
      if let logins = state.memories[provider]?.logins(for: reference, now: now) { return .success(logins) }
      guard !state.isOver else { return .failure(.shuttingDown) }
      state.waiting[provider, default: []].append(question)
      return nil
    }
    if let known { return known }
    signal.yield()
    if let answer = await question.wait() { return answer }
    state.withLock { $0.waiting[provider]?.removeAll { $0 === question } }
    return .failure(.shuttingDown)
  }

  // MARK: Asking

  package func run() async {
    await withDiscardingTaskGroup { group in
      for await _ in signals {
        while let provider = takeProvider() { group.addTask { await self.ask(provider) } }
      }
      group.cancelAll()
    }
    let left = state.withLock { state in
      defer { state = State(isOver: true) }
      return state.waiting.values.joined()
    }
    for question in left { question.end(.failure(.shuttingDown)) }
  }

  /// A provider that somebody waits for and nobody asks.
  private func takeProvider() -> Int? {
    state.withLock { state in
      guard state.busy.count < Self.maxPrograms else { return nil }
      let next = state.waiting.keys.filter { !state.busy.contains($0) }.min()
      if let next { state.busy.insert(next) }
      return next
    }
  }

  /// Asks one provider for as long as somebody waits for it.
  private func ask(_ provider: Int) async {
    while !Task.isCancelled, let question = take(provider) {
      let reference = question.subject
      let now = time.now
      if let logins = state.withLock({ $0.memories[provider]?.logins(for: reference, now: now) }) {
        question.end(.success(logins))
        continue
      }
      do throws(CredentialPluginFailure) {
        let answer = try await program.ask(providers[provider], for: reference)
        let now = time.now
        state.withLock { state in
          state.memories[provider, default: PluginMemory()].store(
            answer, for: reference, standard: providers[provider].defaultCacheDuration, now: now)
        }
        question.end(.success(answer.logins))
      } catch {
        question.end(.failure(error))
        // The others needn't wait just as long for the same.
        guard error.isAboutAllImages else { continue }
        let others = state.withLock { $0.waiting.updateValue([], forKey: provider) } ?? []
        for other in others { other.end(.failure(error)) }
      }
    }
    // There may be another provider that had to wait for its turn.
    signal.yield()
  }

  private func take(_ provider: Int) -> Waiting? {
    state.withLock { state in
      guard var waiting = state.waiting[provider], !waiting.isEmpty else {
        state.waiting[provider] = nil
        state.busy.remove(provider)
        return nil
      }
      let question = waiting.removeFirst()
      state.waiting[provider] = waiting
      return question
    }
  }
}
