import ContainerRuntime
import TestSupport
import Testing

@Suite struct MessageScrubberTests {
  private func shown(_ message: String) -> String {
    RuntimeError(operation: "pull", message: message).message
  }

  @Test(arguments: [
    (#"Get "https://user:pw@r.test/v2/": EOF"#, #"Get "https://r.test/v2/": EOF"#),
    ("GET https://auth.test/token?account=me&token=s3cret: 401", "GET https://auth.test/token: 401"),
    ("see https://r.test/a@sha256:abc for it", "see https://r.test/a@sha256:abc for it"),
    ("https://user:p/w@r.test/v2/", "https://r.test/v2/"),
    ("https://user:p?w@r.test/v2/ next", "https://user:p next"),
    ("https://r.test/v2/#token", "https://r.test/v2/"),
    ("Authorization: Bearer abcdefghijklmnop.q", "Authorization: Bearer [redacted]"),
    ("authorization: basic dXNlcjpwYXNzd29yZA==", "authorization: basic [redacted]"),
    ("no basic auth credentials", "no basic auth credentials"),
    (
      "Www-Authenticate: Bearer realm=\"https://a.test/token\"",
      "Www-Authenticate: Bearer realm=\"https://a.test/token\""
    ),
    ("one\ntwo\u{1b}[31m", "one two [31m"),
  ])
  func takesOut(message: String, left: String) {
    #expect(shown(message) == left)
  }

  @Test func isBounded() {
    let message = "begin " + String(repeating: "x", count: 10_000) + " end"
    #expect(shown(message).count == 256)
    #expect(shown(String(repeating: "y", count: 256)) == String(repeating: "y", count: 256))
    let chain = String(repeating: "context: ", count: 60) + "connection refused"
    #expect(shown(chain).hasSuffix("connection refused"))
  }

  @Test(arguments: seeds("scrubbing"))
  func neverShowsAPassword(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<10 {
      let padding = String(repeating: "abc def ", count: Int.random(in: 0...600, using: &random))
      let message = padding + #"Head "https://user:correct-horse@r.test/v2/?sig=correct-horse": denied "# + padding
      #expect(!shown(message).contains("horse"))
    }
  }

  @Test func credentialsDescribeThemselvesRedacted() {
    let credentials = [
      RegistryCredentials(.password(username: "me", password: "horse"), serverAddress: "r.test"),
      RegistryCredentials(.auth("horse"), serverAddress: "r.test"),
      RegistryCredentials(.identityToken("horse"), serverAddress: "r.test"),
    ]
    var dumped = ""
    dump(credentials, to: &dumped)
    dump(credentials[0].secret, to: &dumped)
    let texts = ["\(credentials)", String(reflecting: credentials), dumped, "\(credentials[0].secret)"]
    for text in texts { #expect(!text.contains("horse"), "\(text)") }
  }
}
