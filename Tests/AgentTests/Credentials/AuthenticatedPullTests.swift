import Agent
import ContainerRuntime
import KubernetesClient
import OCI
import SwiftletAPI
import Synchronization
import Testing

@Suite struct AuthenticatedPullTests {
  private static let word = "s3cret-word"
  private static let registry = "registry.example:5000"

  /// A source that offers this, and notes when it was refused.
  private final class Offering: Agent.CredentialSource {
    let offer: CredentialOffer
    let refusals = Mutex(0)
    init(_ offer: CredentialOffer) { self.offer = offer }
    func run() async {}
    func offer(for reference: ImageReference) async -> CredentialOffer { offer }
    func refused(for reference: ImageReference) { refusals.withLock { $0 += 1 } }
  }

  private struct Source: Agent.CredentialSource {
    let answer: Result<ImageCredentials, CredentialFailure>
    func run() async {}
    func offer(for reference: ImageReference) async -> CredentialOffer {
      switch answer {
      case .success(let credentials): CredentialOffer(credentials)
      case .failure(let failure): CredentialOffer(notes: [.secretsUnavailable(failure)])
      }
    }
  }

  /// What came of a pull: the names of the logins that were tried, and why it failed.
  private struct Outcome {
    var tried: [String] = []
    var error: RuntimeError?
  }

  private static func login(_ name: String) -> OfferedLogin {
    var login = OfferedLogin(secret: "team/\(name)")
    login.username = SecretData(name)
    login.password = SecretData(word)
    return login
  }

  /// - Parameter accepts: what each login ends with; `-` stands for none.
  private func pull(
    _ candidates: [OfferedLogin] = [], others: [SecretNote] = [], answers: [String: PullFailureReason] = [:]
  ) async throws -> Outcome {
    let source = Source(answer: .success(ImageCredentials(candidates: candidates, others: others)))
    return try await pull(source, answers)
  }

  private func pull(_ source: Source, _ answers: [String: PullFailureReason]) async throws -> Outcome {
    try await pull([source], answers)
  }

  private func pull(
    _ sources: [any Agent.CredentialSource], _ answers: [String: PullFailureReason] = [:]
  ) async throws -> Outcome {
    let reference = try ImageReference(parsing: "\(Self.registry)/team/app:1")
    var outcome = Outcome()
    do {
      try await AuthenticatedPull(reference: reference, sources: sources).run { (credentials) throws(RuntimeError) in
        let name =
          switch credentials?.secret {
          case nil: "-"
          case .password(let username, let password):
            password == Self.word && credentials?.serverAddress == Self.registry ? username : "?"
          case .identityToken(let token): "token \(token)"
          case .auth: "?"
          }
        outcome.tried.append(name)
        if let reason = answers[name] {
          throw RuntimeError(operation: "pull \(reference)", reason: reason, message: "the registry's words")
        }
      }
    } catch {
      outcome.error = error
    }
    return outcome
  }

  @Test func theFirstLoginThatIsTakenEndsIt() async throws {
    let outcome = try await pull(
      ["a", "b", "c"].map(Self.login), answers: ["a": .unauthorized, "-": .unauthorized])
    #expect(outcome.tried == ["a", "b"])
    #expect(outcome.error == nil)
  }

  @Test(arguments: [PullFailureReason.unauthorized, .forbidden, .notFound])
  func aLoginThatIsRefusedIsNotTheEnd(reason: PullFailureReason) async throws {
    let outcome = try await pull(["a", "b"].map(Self.login), answers: ["a": reason])
    #expect(outcome.tried == ["a", "b"] && outcome.error == nil)
  }

  @Test(arguments: [
    PullFailureReason.dns, .connectionRefused, .timeout, .tls, .rateLimited, .diskFull, .runtimeUnavailable, .other,
    .wrongPlatform,
  ]) func whatNoLoginCanHelpEndsItAtOnce(reason: PullFailureReason) async throws {
    let outcome = try await pull(["a", "b"].map(Self.login), answers: ["a": reason])
    #expect(outcome.tried == ["a"] && outcome.error?.reason == reason)
    #expect(try await pull(answers: ["-": reason]).error?.message == "the registry's words")
  }

  @Test func refusedLoginsAreNamed() async throws {
    let outcome = try await pull(
      ["a", "b"].map(Self.login), others: [SecretNote(secret: "team/c", problem: .missing)],
      answers: ["a": .notFound, "b": .unauthorized])
    #expect(outcome.tried == ["a", "b"], "anonymously only where there is no login")
    #expect(outcome.error?.reason == .unauthorized)
    #expect(
      outcome.error?.message
        == "\(Self.registry) doesn't accept the login in team/a, team/b; there is no Secret team/c: "
        + "the registry's words")
  }

  @Test func withoutALoginItIsTriedWithout() async throws {
    let others = [SecretNote(secret: "team/a", problem: .noEntry), SecretNote(secret: "team/b", problem: .noEntry)]
    let open = try await pull(others: others)
    #expect(open.tried == ["-"] && open.error == nil)
    let outcome = try await pull(others: others, answers: ["-": .unauthorized])
    #expect(outcome.error?.reason == .unauthorized)
    #expect(
      outcome.error?.message
        == "no login for \(Self.registry)/team/app in team/a, team/b: the registry's words")
  }

  @Test(arguments: [
    (SecretNote.Problem.missing, PullFailureReason.secretMissing, "there is no Secret team/a"),
    (.unreadable, .secretUnreadable, "isn't allowed to get Secret team/a; a role in namespace team"),
    (.invalid, .secretInvalid, "Secret team/a is no pull secret: its words"),
  ]) func whatIsWrongWithTheSecretsIsTheReason(
    problem: SecretNote.Problem, reason: PullFailureReason, words: String
  ) async throws {
    let others = [
      SecretNote(secret: "team/z", problem: .noEntry),
      SecretNote(secret: "team/a", problem: problem, message: problem == .invalid ? "its words" : nil),
    ]
    let outcome = try await pull(others: others, answers: ["-": .unauthorized])
    #expect(outcome.tried == ["-"] && outcome.error?.reason == reason)
    #expect(outcome.error?.message.contains(words) == true, "\(outcome.error?.message ?? "")")
    // An image for everybody needs no secret.
    #expect(try await pull(others: others).error == nil)
  }

  @Test func aSecretThatCouldNotBeLookedAtIsNoReasonToGoOnWithout() async throws {
    let outcome = try await pull(others: [SecretNote(secret: "team/a", problem: .unavailable)])
    #expect(outcome.tried == [] && outcome.error?.reason == .credentialsUnavailable)
  }

  @Test func withoutAnAnswerNothingIsTried() async throws {
    let outcome = try await pull(Source(answer: .failure(CredentialFailure("the exchange's words"))), [:])
    #expect(outcome.tried == [])
    #expect(outcome.error?.reason == .credentialsUnavailable && outcome.error?.message == "the exchange's words")
  }

  @Test func tokensAreTriedWhereRuntimesTakeThem() async throws {
    var identity = OfferedLogin(secret: "team/i")
    identity.username = SecretData("ignored")
    identity.identityToken = SecretData("t")
    var raw = OfferedLogin(secret: "team/r")
    raw.registryToken = SecretData("t")
    #expect(try await pull([raw, identity]).tried == ["token t"])
    let outcome = try await pull([raw])
    #expect(outcome.tried == [] && outcome.error?.reason == .unauthorized)
    #expect(outcome.error?.message.contains("team/r") == true)
  }

  private static func plugin(_ name: String) -> CredentialOffer.Candidate {
    CredentialOffer.Candidate(origin: .plugin(name), login: .password(username: name, password: word))
  }

  private static func secrets(_ names: String...) -> Offering {
    Offering(CredentialOffer(ImageCredentials(candidates: names.map(login), others: [])))
  }

  @Test func secretsComeBeforePlugins() async throws {
    let plugins = Offering(CredentialOffer(candidates: [Self.plugin("ecr"), Self.plugin("acr")]))
    let outcome = try await pull([Self.secrets("a"), plugins], ["a": .unauthorized, "ecr": .forbidden])
    #expect(outcome.tried == ["a", "ecr", "acr"] && outcome.error == nil)
    #expect(plugins.refusals.withLock { $0 } == 0)
  }

  @Test func refusedPluginsAreNamedAndTold() async throws {
    let plugins = Offering(CredentialOffer(candidates: [Self.plugin("ecr"), Self.plugin("ecr")]))
    let alone = try await pull([plugins], ["ecr": .unauthorized])
    #expect(alone.error?.reason == .unauthorized)
    #expect(
      alone.error?.message
        == "\(Self.registry) doesn't accept the login from credential plugin ecr: the registry's words")
    #expect(plugins.refusals.withLock { $0 } == 1)
    let both = try await pull([Self.secrets("a"), plugins], ["a": .notFound, "ecr": .forbidden])
    #expect(
      both.error?.message
        == "\(Self.registry) doesn't accept the login in team/a or from credential plugin ecr: the registry's words")
    // It wasn't about who pulls.
    #expect(plugins.refusals.withLock { $0 } == 1)
  }

  @Test(arguments: [
    (
      CredentialOffer.Note.plugin("ecr", .program(.timedOut(.seconds(60)))),
      "credential plugin ecr wasn't done after 1m0s"
    ),
    (.plugin("ecr", .program(.exited(status: 1))), "credential plugin ecr ended with status 1"),
    (
      .plugin("ecr", .notAnswer),
      "credential plugin ecr printed something else than a CredentialProviderResponse in JSON"
    ),
    (.noPlugins("file: isn't there"), "the credential plugins can't be used: file: isn't there"),
  ]) func aPluginThatFailsIsTheReasonOnlyWhereALoginIsNeeded(note: CredentialOffer.Note, words: String) async throws {
    let source = Offering(CredentialOffer(notes: [note]))
    let open = try await pull([source])
    #expect(open.tried == ["-"] && open.error == nil)
    let closed = try await pull([source], ["-": .unauthorized])
    #expect(closed.error?.reason == .credentialPluginFailed && closed.error?.message == words)
    let refused = try await pull([Self.secrets("a"), source], ["a": .unauthorized])
    #expect(refused.error?.reason == .unauthorized)
    #expect(refused.error?.message.contains("in team/a; \(words): the registry's words") == true)
    let helped = try await pull([Self.secrets("a"), source])
    #expect(helped.tried == ["a"] && helped.error == nil)
  }

  @Test(arguments: [
    (SecretNote.Problem.missing, PullFailureReason.secretMissing, "there is no ServiceAccount team/puller"),
    (.unreadable, .secretUnreadable, "isn't allowed to get ServiceAccount team/puller; a role in namespace team"),
    (.noEntry, .unauthorized, "in ServiceAccount team/puller: the registry's words"),
  ]) func aServiceAccountIsCalledOne(
    problem: SecretNote.Problem, reason: PullFailureReason, words: String
  ) async throws {
    let note = SecretNote(secret: "team/puller", problem: problem, kind: .serviceAccount)
    let outcome = try await pull(others: [note], answers: ["-": .unauthorized])
    #expect(outcome.error?.reason == reason)
    #expect(outcome.error?.message.contains(words) == true, "\(outcome.error?.message ?? "")")
  }

  @Test func aPluginWithoutALoginIsNamed() async throws {
    let noEntry = SecretNote(secret: "team/a", problem: .noEntry)
    let sources = [
      Offering(CredentialOffer(notes: [.secret(noEntry)])),
      Offering(CredentialOffer(notes: [.pluginWithoutLogin("ecr")])),
    ]
    let outcome = try await pull(sources, ["-": .forbidden])
    #expect(outcome.error?.reason == .forbidden)
    #expect(
      outcome.error?.message
        == "no login for \(Self.registry)/team/app in team/a or from credential plugin ecr: the registry's words")
  }

  @Test func aPluginHelpsWhereTheControllerCannotBeAsked() async throws {
    let controller = Offering(CredentialOffer(notes: [.secretsUnavailable(CredentialFailure("the exchange's words"))]))
    let plugins = Offering(CredentialOffer(candidates: [Self.plugin("ecr")]))
    let helped = try await pull([controller, plugins])
    #expect(helped.tried == ["ecr"] && helped.error == nil)
    // Perhaps a pull secret holds the right one: that can't be known.
    let refused = try await pull([controller, plugins], ["ecr": .unauthorized])
    #expect(refused.error?.reason == .credentialsUnavailable)
    #expect(refused.error?.message.contains("the exchange's words") == true)
  }

  @Test func messagesHoldNothingSecret() async throws {
    let outcome = try await pull([Self.login("a")], answers: ["a": .unauthorized])
    var words = "\(String(describing: outcome.error)) \(Self.login("a"))"
    dump(outcome.error, to: &words)
    dump(RegistryCredentials(.password(username: "u", password: Self.word), serverAddress: "x"), to: &words)
    #expect(!words.contains(Self.word), "\(words)")
  }
}
