import ContainerRuntime
import KubernetesRuntime
import Logging
import OCI

/// Carries out what concerns the runtime, and posts what came of it.
struct RuntimeOperations: Sendable {
  /// How often a pull's progress is told.
  static let progressInterval = Duration.milliseconds(500)
  /// How long after changes could no longer be followed they are tried again.
  static let changesBackoff = Backoff(initial: .milliseconds(500), max: .seconds(10), factor: 2, jitter: 0.3)
  /// The same where the runtime doesn't have them: another one may take its place.
  static let unsupportedInterval = Duration.seconds(300)

  let runtime: any ImageRuntime
  /// Where credentials come from for images that have pull secrets.
  let credentials: any CredentialSource
  /// The node's own plugins for credentials, if they are to be used.
  let plugins: CredentialPlugins?
  let mailbox: EventMailbox
  let logger: Logger

  func list(_ sequence: Int, isDetailed: Bool) async {
    do {
      var listing = RuntimeListing(images: [])
      if isDetailed {
        listing.information = try await runtime.information()
        listing.filesystem = await filesystem()
      }
      listing.images = try await runtime.images()
      mailbox.post(.imagesListed(sequence: sequence, listing))
    } catch {
      mailbox.post(.listFailed(sequence: sequence, error))
    }
  }

  private func filesystem() async -> ImageFilesystem? {
    do {
      return try await runtime.filesystem()
    } catch {
      logger.debug("the image file system can't be read", metadata: ["error": "\(error)"])
      return nil
    }
  }

  func pull(_ order: PullOrder, _ token: CancelToken) async {
    let throttle = ProgressThrottle(interval: Self.progressInterval)
    let request = PullRequest(reference: order.reference, platform: order.platform)
    let result = await token.run { () -> PullOutcome in
      do throws(RuntimeError) {
        if !order.isRefresh, try await runtime.image(order.reference) != nil { return .foundThere }
        let attempt = { (credentials: RegistryCredentials?) async throws(RuntimeError) in
          var request = request
          request.credentials = credentials
          _ = try await runtime.pull(request) { progress in
            guard throttle.isDue(progress) else { return }
            mailbox.post(.pullProgressed(name: order.name, id: order.id, progress))
          }
        }
        let sources = sources(for: order)
        if sources.isEmpty {
          try await attempt(nil)
        } else {
          try await AuthenticatedPull(reference: order.reference, sources: sources).run(attempt)
        }
        return .pulled
      } catch {
        return .failed(error)
      }
    }
    let cancelled = RuntimeError(operation: "pull \(order.name)", kind: .cancelled, message: "cancelled")
    mailbox.post(.pullEnded(name: order.name, id: order.id, result ?? .failed(cancelled)))
  }

  /// Pull secrets come first, as with the kubelet.
  private func sources(for order: PullOrder) -> [any CredentialSource] {
    var sources: [any CredentialSource] = []
    if order.isAuthenticated { sources.append(credentials) }
    if let plugins, plugins.handles(order.reference) { sources.append(plugins) }
    return sources
  }

  func inspect(_ name: String) async {
    do {
      // Containers last: one that starts in between is seen.
      let images = try await runtime.images()
      let containers = try await runtime.containers()
      mailbox.post(.inspected(name: name, RemovalInspection(images: images, containers: containers)))
    } catch {
      mailbox.post(.inspectionFailed(name: name, error))
    }
  }

  func remove(_ name: String, id: String) async {
    do {
      try await runtime.remove(id: id)
      mailbox.post(.removalEnded(name: name, nil))
    } catch {
      mailbox.post(.removalEnded(name: name, error))
    }
  }

  func untag(_ reference: ImageReference) async {
    do {
      try await runtime.untag(reference)
      mailbox.post(.removalEnded(name: reference.normalized, nil))
    } catch {
      mailbox.post(.removalEnded(name: reference.normalized, error))
    }
  }

  func setPinned(_ isPinned: Bool, id: String) async {
    do {
      try await runtime.setPinned(isPinned, id: id)
      mailbox.post(.pinEnded(id: id, isPinned: isPinned, nil))
    } catch {
      mailbox.post(.pinEnded(id: id, isPinned: isPinned, error))
    }
  }

  /// Passes the runtime's hints on until the task is cancelled. When they end, the runtime may have gone: that is a
  /// hint too.
  func followChanges() async {
    var attempt = 0
    while !Task.isCancelled {
      var pause = Self.changesBackoff.delay(attempt: attempt + 1)
      do throws(RuntimeError) {
        let changes = try await runtime.changes()
        mailbox.post(.watchingChanges(true))
        for try await _ in changes {
          attempt = 0
          mailbox.post(.runtimeChanged)
        }
      } catch {
        if error.isUnsupported { pause = Self.unsupportedInterval }
        logger.debug("the runtime's changes can't be followed", metadata: ["error": "\(error)"])
      }
      mailbox.post(.watchingChanges(false))
      mailbox.post(.runtimeChanged)
      attempt += 1
      do {
        try await ContinuousClock().sleep(for: pause)
      } catch {
        return
      }
    }
  }
}
