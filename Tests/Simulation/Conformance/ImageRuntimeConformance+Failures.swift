import ContainerRuntime
import OCI

extension ImageRuntimeConformance {
  static let failureChecks: [Check] = [
    Check(name: "a missing image is NotFound") { suite in
      try await suite.expectFailure(suite.images.missing, .notFound)
    },
    Check(name: "a refused connection is ConnectionRefused") { suite in
      guard let refused = suite.images.refused else { return }
      try await suite.expectFailure(refused, .connectionRefused)
    },
    Check(name: "an index without this platform is WrongPlatform") { suite in
      guard let reference = suite.images.otherPlatform else { return }
      try await suite.expectFailure(reference, .wrongPlatform)
    },
    Check(name: "a wish for another platform is WrongPlatform") { suite in
      let platform = Platform(os: "plan9", architecture: "amd64")
      let error = try await suite.failure(PullRequest(reference: suite.images.tagged, platform: platform))
      try expect(error.reason == .wrongPlatform, "\(error)")
      try await suite.expectAbsent(suite.images.tagged)
    },
    Check(name: "a cancelled pull says so") { suite in
      let pull = Task {
        // Not before it is cancelled, so that it can't be done before.
        while !Task.isCancelled { await Task.yield() }
        return try await suite.failure(PullRequest(reference: suite.images.tagged))
      }
      pull.cancel()
      let error = try await pull.value
      try expect(error.isCancelled && !error.isUnavailable, "\(error)")
      try await suite.expectAbsent(suite.images.tagged)
    },
    Check(name: "credentials that nobody asked for do no harm and aren't shown") { suite in
      let credentials = RegistryCredentials(
        .password(username: "someone", password: "correct-horse"), serverAddress: suite.images.missing.registry)
      let error = try await suite.failure(PullRequest(reference: suite.images.missing, credentials: credentials))
      try expect(!"\(error)\(credentials)".contains("correct-horse"), "the password is shown")
      _ = try await suite.runtime.pull(PullRequest(reference: suite.images.tagged, credentials: credentials)) { _ in }
      _ = try await suite.present(suite.images.tagged)
    },
  ]
}
