import Agent
import Foundation
import KubernetesClient
import OCI
import TestSupport
import Testing

/// Real programs: scripts that the tests write.
@Suite(.serialized) struct PluginProgramTests {
  private static let image = "registry.example:5000/team/app:1"
  private static let answer =
    #"{"apiVersion":"credentialprovider.kubelet.k8s.io/v1","kind":"CredentialProviderResponse","cacheKeyType":"Image","#
    + #""auth":{"registry.example:5000":{"username":"puller","password":"s3cret"}}}"#

  private func write(_ script: String, to folder: borrowing TemporaryFolder) throws {
    // Foundation's file would be inherited by a program that another test starts meanwhile, and a file that somebody
    // writes to can't be run.
    let file = open("\(folder.path)/plugin", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o755)
    try #require(file >= 0)
    defer { close(file) }
    try #require(Foundation.write(file, script, script.utf8.count) == script.utf8.count)
  }

  private func ask(
    _ folder: String, arguments: [String] = [], environment: [String: String] = [:],
    timeout: Duration = .seconds(20)
  ) async throws -> CredentialProviderAnswer {
    let file = """
      {"apiVersion": "kubelet.config.k8s.io/v1", "kind": "CredentialProviderConfig", "providers": [{"name": "plugin",
       "matchImages": ["registry.example:5000"], "defaultCacheDuration": "1h",
       "apiVersion": "credentialprovider.kubelet.k8s.io/v1"}]}
      """
    var provider = try #require(try CredentialProviderFile.parse(Array(file.utf8), path: "").first)
    provider.arguments = arguments
    provider.environment = environment
    let program = InstalledPluginProgram(
      folder: folder, timeout: timeout, environment: ["PATH": "/usr/bin:/bin", "OWN": "yes"])
    let image = try ImageReference(parsing: Self.image)
    // Between fork and exec a program has what it doesn't inherit, the script that another test writes among that.
    for _ in 0..<100 {
      do throws(CredentialPluginFailure) {
        return try await program.ask(provider, for: image)
      } catch let failure {
        guard failure == .program(.notStarted(errno: ETXTBSY)) else { throw failure }
        await Task.yield()
      }
    }
    return try await program.ask(provider, for: image)
  }

  private func candidates(_ answer: CredentialProviderAnswer) throws -> [RegistryLogin] {
    var keyring = Keyring<String>()
    keyring.add(answer.logins, from: "plugin")
    return keyring.candidates(for: try ImageReference(parsing: Self.image)).map(\.login)
  }

  @Test func aPluginIsAskedAsTheKubeletAsks() async throws {
    let folder = try TemporaryFolder()
    let seen = "\(folder.path)/seen"
    try write(
      """
      #!/bin/sh
      { cat; echo; echo "$# $1 $2"; echo "$VARIABLE $OWN"; } >'\(seen)'
      echo "s3cret on standard error" >&2
      echo '\(Self.answer)'
      """, to: folder)
    let answer = try await ask(folder.path, arguments: ["get", "$(id) *"], environment: ["VARIABLE": "a b"])
    #expect(try candidates(answer) == [.password(username: "puller", password: "s3cret")])
    #expect(answer.cacheKeyType == .image && answer.cacheDuration == nil)
    let lines = try String(contentsOfFile: seen, encoding: .utf8).split(separator: "\n").map(String.init)
    let question = try JSONDecoder().decode(JSONValue.self, from: Data(lines[0].utf8))
    #expect(
      question == [
        "apiVersion": "credentialprovider.kubelet.k8s.io/v1", "kind": "CredentialProviderRequest",
        "image": "registry.example:5000/team/app",
      ])
    // No shell has had its hands on it.
    #expect(lines[1...] == ["2 get $(id) *", "a b yes"])
  }

  /// A plugin that prints this.
  private static func printing(_ text: String) -> String { "echo '\(text)'" }

  private static let version = CredentialPluginFailure.otherVersion(expected: "credentialprovider.kubelet.k8s.io/v1")

  private static let failures: [(String, CredentialPluginFailure)] = [
    ("exit 3", .program(.exited(status: 3))),
    ("kill -9 $$", .program(.killed(signal: 9))),
    ("true", .notAnswer),
    ("head -c 1048577 /dev/zero", .program(.tooMuchOutput(limit: 1_048_576))),
    (printing("no json: s3cret"), .notAnswer),
    (printing(#"{"kind":"CredentialProviderResponse"}"#), version),
    (printing(answer.replacing("k8s.io/v1", with: "k8s.io/v1beta1")), version),
    (printing(answer.replacing("Response", with: "Request")), .notAnswer),
    (printing(answer.replacing("Image", with: "Nothing")), .unknownCacheKeyType),
    (printing(answer.replacing("\"auth\":", with: "\"cacheDuration\":\"soon\",\"auth\":")), .notAnswer),
  ]

  @Test(arguments: failures)
  func eachWayToFailHasItsOwnWords(script: String, failure: CredentialPluginFailure) async throws {
    let folder = try TemporaryFolder()
    try write("#!/bin/sh\necho 'password=s3cret' >&2\n\(script)\n", to: folder)
    let path = folder.path
    let thrown = await #expect(throws: CredentialPluginFailure.self) { try await ask(path) }
    #expect(thrown == failure)
    #expect(!"\(failure)".contains("s3cret"))
  }

  @Test func whatIsNotThereIsToldFromWhatCannotRun() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    await #expect(throws: CredentialPluginFailure.notThere(folder: path)) { try await ask(path) }
    try write("#!/no/such/interpreter\n", to: folder)
    await #expect(throws: CredentialPluginFailure.noInterpreter) { try await ask(path) }
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\(path)/plugin")
    await #expect(throws: CredentialPluginFailure.program(.notStarted(errno: EACCES))) { try await ask(path) }
  }

  /// Whether a process that wrote its number into a file is still there.
  private func isAlive(_ file: String) throws -> Bool {
    let text = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    let status = "/proc/\(text)/status"
    guard FileManager.default.fileExists(atPath: status) else { return false }
    // One that is gone and not collected yet isn't there any more.
    return try !String(contentsOfFile: status, encoding: .utf8).contains("State:\tZ")
  }

  @Test func aPluginThatHangsIsEndedWithAllThatItStarted() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    try write("#!/bin/sh\nsleep 600 &\necho $! >'\(path)/child'\nwait\n", to: folder)
    let start = ContinuousClock.now
    await #expect(throws: CredentialPluginFailure.program(.timedOut(.milliseconds(700)))) {
      try await ask(path, timeout: .milliseconds(700))
    }
    #expect(ContinuousClock.now - start < .seconds(15))
    try await eventually("the child is gone") { try isAlive("\(path)/child") ? nil : true }
  }

  @Test func whatAPluginLeavesBehindIsEnded() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    try write(
      "#!/bin/sh\nsleep 600 >/dev/null 2>&1 &\necho $! >'\(path)/child'\necho '\(Self.answer)'\n", to: folder)
    #expect(try candidates(await ask(path)).count == 1)
    try await eventually("the child is gone") { try isAlive("\(path)/child") ? nil : true }
  }

  @Test func nobodyWaitsForAPluginThatNobodyNeeds() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    try write("#!/bin/sh\necho $$ >'\(path)/child'\nexec sleep 600\n", to: folder)
    let asking = Task { try await ask(path, timeout: .seconds(500)) }
    try await eventually("it runs") { () -> Bool? in
      guard FileManager.default.fileExists(atPath: "\(path)/child") else { return nil }
      return try isAlive("\(path)/child") ? true : nil
    }
    asking.cancel()
    let result = await asking.result
    #expect(throws: CredentialPluginFailure.program(.cancelled)) { try result.get() }
    #expect(try !isAlive("\(path)/child"))
  }
}
