import Logging
import OCI

/// Looks at a running pull from the side: tells its progress, and ends when the pull has to be given up.
struct PullWatch: Sendable {
  let reference: ImageReference
  let options: CRIRuntimeOptions
  /// Nil where the runtime tells nothing about progress.
  let content: ContentStore?
  let isAlone: @Sendable () -> Bool
  let progress: @Sendable (PullProgress) -> Void

  private static let firstPause = Duration.milliseconds(50)

  /// Why to give the pull up.
  enum Verdict: Sendable {
    case noProgress(Duration)
    case tooLong(Duration)
    /// The pull was over first; with the progress to show if it succeeded.
    case ended(PullProgress?)
  }

  /// Runs until there is a verdict or the task is cancelled.
  func run() async -> Verdict {
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: options.pullTimeout)
    var content = content
    var meter = PullMeter(foreign: await ingests(&content) ?? [], now: clock.now)
    var looks = 0
    while !Task.isCancelled {
      // The first looks come sooner, so that one sees early how much there is to fetch.
      let soon = Self.firstPause * (1 << min(looks, 8))
      let pause = content == nil ? options.pullTimeout : min(soon, options.progressInterval)
      looks += 1
      do {
        try await clock.sleep(until: min(end, clock.now.advanced(by: pause)), tolerance: .zero)
      } catch {
        break
      }
      if let ingests = await ingests(&content), !Task.isCancelled {
        await look(at: ingests, &meter, content)
        if meter.isStuck(for: options.progressTimeout, now: clock.now) { return .noProgress(options.progressTimeout) }
      }
      if clock.now >= end { return .tooLong(options.pullTimeout) }
    }
    return .ended(meter.finish())
  }

  private func look(at ingests: [Ingest], _ meter: inout PullMeter, _ content: ContentStore?) async {
    let unknown = meter.unknown(among: ingests)
    if let content, !unknown.isEmpty {
      do {
        for found in try await content.manifests(of: reference, listing: unknown) {
          // What is being fetched right now isn't there, whatever it looked like a moment ago.
          meter.learn(found.manifest, present: found.present.subtracting(ingests.map(\.layer)))
        }
      } catch {
        options.logger.debug("can't look up the manifest of a running pull", metadata: metadata(error))
      }
    }
    if let shown = meter.observe(ingests, isAlone: isAlone(), now: ContinuousClock().now), !Task.isCancelled {
      progress(shown)
    }
  }

  /// What is being fetched; nil, and no further attempt, if the runtime can't tell.
  private func ingests(_ content: inout ContentStore?) async -> [Ingest]? {
    guard let store = content else { return nil }
    do {
      return try await store.ingests()
    } catch {
      if error.isUnsupported { content = nil }
      if !error.isCancelled { options.logger.debug("can't look up a pull's progress", metadata: metadata(error)) }
      return nil
    }
  }

  private func metadata(_ error: RuntimeError) -> Logger.Metadata {
    ["image.reference": "\(reference)", "error": "\(error)"]
  }
}
