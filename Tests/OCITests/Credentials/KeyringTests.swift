import Foundation
import OCI
import TestSupport
import Testing

/// What matches what, as the kubelet's keyring has it.
@Suite struct KeyringTests {
  /// The locations of those entries that are tried for an image, in order.
  private func found(_ image: String, in secrets: [[String]]) throws -> [String] {
    var keyring = Keyring<Int>()
    for (index, locations) in secrets.enumerated() {
      let entries = locations.map { #""\#($0)":{"username":"\#($0)","password":"\#(index)"}"# }
      let json = "{\"auths\":{\(entries.joined(separator: ","))}}"
      keyring.add(try DockerConfiguration(configJSON: Array(json.utf8)), from: index)
    }
    return keyring.candidates(for: try ImageReference(parsing: image)).map { candidate in
      guard case .password(let location, let index) = candidate.login, Int(index) == candidate.source else {
        return "?"
      }
      return secrets.count == 1 ? location : "\(index) \(location)"
    }
  }

  @Test(arguments: [
    ("host.example/a:1", "host.example"),
    ("host.example/a:1", "https://host.example"),
    ("host.example/a:1", "http://host.example/"),
    ("host.example/a:1", "https://host.example/v1/"),
    ("host.example/a:1", "host.example/v2/"),
    ("host.example/a:1", "https://host.example/v2/?service=x#y"),
    ("host.example/a:1", "https://user@host.example/"),
    ("host.example/team/a@\(String(repeating: "0", count: 64).digest)", "host.example/team"),
    ("host.example/team/a", "host.example/team/a"),
    ("host.example/team/a", "https://host.example/v2/team"),
    // A beginning, not whole parts.
    ("host.example/team/a", "host.example/te"),
    ("host.example:5000/a", "host.example:5000"),
    ("host.example:5000/a", "https://host.example:5000/v1/"),
    ("localhost/a", "localhost"),
    ("10.0.0.1:5000/a", "10.0.0.1:5000"),
    ("[fd00::1]:5000/a", "[fd00::1]:5000"),
    ("[fd00::1]/a", "[fd00::1]"),
    ("x.host.example/a", "*.host.example"),
    ("x.host.example:5000/a", "*.host.example:5000"),
    ("prefix-x.host.example/a", "prefix-*.host.example"),
    ("eu-a.host.example/a", "eu-[abc].host.example"),
    ("eu-b.host.example/a", "eu-[a-c].host.example"),
    ("eu-d.host.example/a", "eu-[^a-c].host.example"),
    ("123.dkr.ecr.eu-west-1.amazonaws.com/a", "*.dkr.ecr.*.amazonaws.com"),
    ("x.y.example/team/a", "*.*.example/team"),
    ("abcabc.example/a", "a*c*c.example"),
    ("nginx", "docker.io"),
    ("nginx", "docker.io/library"),
    ("nginx", "https://index.docker.io/v1/"),
    ("nginx", "index.docker.io"),
    ("user/app", "https://index.docker.io/v1/"),
    ("docker.io/user/app:1", "https://index.docker.io/v2/"),
    ("index.docker.io/user/app", "https://index.docker.io/v1/"),
  ]) func matches(image: String, location: String) throws {
    #expect(try found(image, in: [[location]]) == [location])
  }

  @Test(arguments: [
    ("host.example/a", "other.example"),
    ("host.example/a", "host.example:443"),
    ("host.example:5000/a", "host.example"),
    ("host.example:5000/a", "host.example:5001"),
    ("host.example:5000/a", "*.example"),
    ("host.example/a", "example"),
    ("x.y.host.example/a", "*.host.example"),
    ("host.example/a", "*.host.example"),
    ("host.example/a", "*"),
    ("host.example/team/a", "host.example/teams"),
    ("host.example/team/a", "host.example/team/a/b"),
    ("host.example/a", "host.example//a"),
    ("host.example/a", "HOST.example"),
    ("host.example/a", "ftp://host.example"),
    ("host.example/a", "host.example:port"),
    ("host.example/a", "host.example:*"),
    ("host.example/a", "hos[t.example"),
    ("host.example/a", "hos[].example"),
    ("host.example/a", "hos[z-a].example"),
    ("host.example/a", ""), ("host.example/a", "https://"), ("host.example/a", "/"), ("host.example/a", " "),
    ("host.example/a", "host .example"), ("[fd00::1]:5000/a", "[fd00::1]"), ("[fd00::1]/a", "[fd00::2]"),
    ("host.example/a", "[host.example"), ("host.example/a", "[a]x/"),
    ("host.example/a", "https://index.docker.io/v1/"),
    ("localhost/a", "https://index.docker.io/v1/"),
    ("nginx", "https://index.docker.io/v1"),
    ("nginx", "registry-1.docker.io"),
    ("nginx", "docker.io:443"),
    ("nginx", "docker.io/user"),
    ("host.example/v1/a", "host.example/v1/team"),
  ]) func matchesNot(image: String, location: String) throws {
    #expect(try found(image, in: [[location]]) == [])
  }

  @Test func theLongerPartFirstThenTheOrderOfTheSecrets() throws {
    let secrets = [
      ["host.example", "*.example"], ["host.example/team/a", "other.example"], ["host.example/team", "host.example"],
    ]
    #expect(
      try found("host.example/team/a:1", in: secrets) == [
        "1 host.example/team/a", "2 host.example/team", "0 host.example", "2 host.example", "0 *.example",
      ])
    #expect(try found("host.example/b", in: secrets) == ["0 host.example", "2 host.example", "0 *.example"])
  }

  @Test func theOldNameOfDockerHubIsForWantOfABetterOne() throws {
    let secrets = [["https://index.docker.io/v1/"], ["docker.io/library"], ["https://index.docker.io/v1/"]]
    #expect(try found("nginx", in: secrets) == ["1 docker.io/library"])
    #expect(
      try found("user/app", in: secrets) == ["0 https://index.docker.io/v1/", "2 https://index.docker.io/v1/"])
  }

  @Test func theSameLoginIsTriedOnce() throws {
    var keyring = Keyring<String>()
    let entry = #"{"username":"u","password":"p"}"#
    let json = #"{"auths":{"host.example":\#(entry),"https://host.example/v2/":\#(entry),"*.example":\#(entry)}}"#
    for name in ["a", "b"] { keyring.add(try DockerConfiguration(configJSON: Array(json.utf8)), from: name) }
    #expect(keyring.candidates(for: try ImageReference(parsing: "host.example/a")).map(\.source) == ["a"])
  }

  @Test func candidatesAreBounded() throws {
    var keyring = Keyring<Int>()
    for index in 0..<50 {
      let json = #"{"auths":{"host.example":{"username":"u","password":"\#(index)"}}}"#
      keyring.add(try DockerConfiguration(configJSON: Array(json.utf8)), from: index)
    }
    let sources = keyring.candidates(for: try ImageReference(parsing: "host.example/a")).map(\.source)
    #expect(sources == Array(0..<Keyring<Int>.maxCandidates))
  }

  /// Any text is read without harm, and a star matches as the plain definition of it says.
  @Test(arguments: seeds("label patterns")) func starsMatchAsDefined(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    func text(_ letters: String, _ length: ClosedRange<Int>) -> String {
      String((0..<Int.random(in: length, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" })
    }
    func defined(_ pattern: Substring, _ text: Substring) -> Bool {
      guard let first = pattern.first else { return text.isEmpty }
      if first == "*" {
        return defined(pattern.dropFirst(), text) || (!text.isEmpty && defined(pattern, text.dropFirst()))
      }
      return text.first == first && defined(pattern.dropFirst(), text.dropFirst())
    }
    for _ in 0..<300 {
      let pattern = text("ab**", 1...7)
      let label = text("ab", 1...8)
      let isFound = try found("\(label).x/i", in: [["\(pattern).x"]]) != []
      #expect(isFound == defined(pattern[...], label[...]), "\(pattern) \(label)")
      _ = try found("host.example/a", in: [[text("a.[]*:/@?#^- ", 0...12)]])
    }
  }
}

extension String {
  fileprivate var digest: String { "sha256:" + self }
}
