import OCI
import TestSupport
import Testing

@Suite struct ImageReferenceTests {
  static let hex = String(repeating: "0123456789abcdef", count: 4)
  static let digest = "sha256:" + hex

  @Test(arguments: [
    ("nginx", "docker.io/library/nginx:latest"),
    ("nginx:1.25", "docker.io/library/nginx:1.25"),
    ("library/nginx", "docker.io/library/nginx:latest"),
    ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
    ("docker.io/nginx", "docker.io/library/nginx:latest"),
    ("docker.io/library/nginx:latest", "docker.io/library/nginx:latest"),
    ("index.docker.io/nginx", "docker.io/library/nginx:latest"),
    ("index.docker.io/a/b:c", "docker.io/a/b:c"),
    ("registry-1.docker.io/library/nginx", "registry-1.docker.io/library/nginx:latest"),
    ("localhost/app", "localhost/app:latest"),
    ("localhost:5000/app:v1", "localhost:5000/app:v1"),
    ("localhost:5000", "docker.io/library/localhost:5000"),
    ("host:5000/a/b/c", "host:5000/a/b/c:latest"),
    ("127.0.0.1:5000/app", "127.0.0.1:5000/app:latest"),
    ("[::1]:5000/app:v1", "[::1]:5000/app:v1"),
    ("[fe80::1]/app", "[fe80::1]/app:latest"),
    ("ghcr.io/a_b/c__d/e-f/g---h/i.j:T_1.x-", "ghcr.io/a_b/c__d/e-f/g---h/i.j:T_1.x-"),
    ("Registry/app", "Registry/app:latest"),
    ("EXAMPLE.com/app", "EXAMPLE.com/app:latest"),
    ("a-b.c-d.io/x", "a-b.c-d.io/x:latest"),
    ("nginx:_x", "docker.io/library/nginx:_x"),
    ("sha256:\(hex)", "docker.io/library/sha256:\(hex)"),
    ("library/\(hex)", "docker.io/library/\(hex):latest"),
    ("\(hex):x", "docker.io/library/\(hex):x"),
    ("nginx@\(digest)", "docker.io/library/nginx@\(digest)"),
    // A digest beside a tag decides alone, as in containerd's CRI plugin.
    ("nginx:1.25@\(digest)", "docker.io/library/nginx@\(digest)"),
    ("host:5000/a/b:c@\(digest)", "host:5000/a/b@\(digest)"),
  ])
  func normalises(input: String, normalized: String) throws {
    let reference = try ImageReference(parsing: input)
    #expect(reference.normalized == normalized)
    #expect("\(reference)" == normalized)
    #expect(try ImageReference(parsing: normalized) == reference)
  }

  @Test func hasItsParts() throws {
    let reference = try ImageReference(parsing: "host:5000/a/b:c@\(Self.digest)")
    #expect(reference.registry == "host:5000")
    #expect(reference.repository == "a/b")
    #expect(reference.tag == "c")
    #expect(reference.digest?.description == Self.digest)
    #expect(reference.name == "host:5000/a/b")
    #expect(try ImageReference(parsing: "nginx").tag == "latest")
    #expect(try ImageReference(parsing: "nginx@\(Self.digest)").tag == nil)
  }

  @Test func equalsWhatNormalisesAlike() throws {
    let tagged = try ImageReference(parsing: "nginx:1@\(Self.digest)")
    let other = try ImageReference(parsing: "docker.io/nginx:2@\(Self.digest)")
    #expect(tagged == other)
    #expect(Set([tagged, other]).count == 1)
    let newer = try ImageReference(parsing: "nginx:2")
    #expect(try newer > ImageReference(parsing: "nginx:1"))
  }

  @Test(arguments: [
    ("", 0, "empty"),
    (" nginx", 0, "blanks"),
    ("nginx ", 5, "blanks"),
    ("nginx\n", 5, "blanks"),
    ("ng\u{7}inx", 2, "not allowed"),
    ("bücher/x", 1, "not allowed"),
    ("Nginx", 0, "lower case"),
    ("library/nGinx", 9, "lower case"),
    ("nginx:", 6, "tag is missing"),
    ("nginx:.x", 6, "can't begin"),
    ("nginx:-x", 6, "can't begin"),
    ("nginx:a+b", 7, "can't be in a tag"),
    ("nginx:a:b", 7, "can't be in a tag"),
    ("nginx@", 6, "digest"),
    ("nginx@sha256", 12, "digest"),
    ("nginx@md5:abc", 6, "algorithm"),
    ("nginx@sha256:XYZ", 13, "lower case"),
    ("nginx@sha256:abc", 16, "64 hexadecimal digits"),
    ("nginx@sha256:\(hex)0", 77, "64 hexadecimal digits"),
    ("nginx@sha256:\(hex)@sha256:\(hex)", 77, "hexadecimal"),
    ("/nginx", 0, "empty"),
    ("a//b", 2, "empty"),
    ("a/b/", 4, "slash"),
    ("host:5000/", 10, "repository is missing"),
    ("host:/a", 5, "port is missing"),
    ("host:5x/a", 6, "port is a number"),
    ("nginx:1/b", 0, ""),
    (".a/b", 0, "host name is empty"),
    ("a..b/c", 2, "host name is empty"),
    ("-a.io/c", 0, "can't begin or end"),
    ("a-.io/c", 1, "can't begin or end"),
    ("a_b.io/c", 1, "host name"),
    ("[::1/a", 4, "bracket"),
    ("[]:5/a", 1, "empty"),
    ("[::g]/a", 3, "IPv6"),
    ("[::1]x:5/a", 5, "colon"),
    ("_a", 0, "can't begin"),
    ("a_", 1, "can't end"),
    ("a./b", 2, ""),
    ("a..b", 2, "follow"),
    ("a___b", 3, "follow"),
    ("a._b", 2, "follow"),
    ("a+b", 1, "can't be in a repository"),
    ("a/-b", 2, "can't begin"),
    ("http://a/b", 5, ""),
    (hex, 0, "image ID"),
  ])
  func refuses(input: String, position: Int, problem: String) throws {
    if let valid = ["nginx:1/b"].first(where: { $0 == input }) {
      // A registry with port 1, not a tag.
      #expect(try ImageReference(parsing: valid).registry == "nginx:1")
      return
    }
    let error = try #require(throws: ImageReferenceError.self) { try ImageReference(parsing: input) }
    #expect(error.problem.contains(problem), "\(error)")
    #expect(error.position == position, "\(error)")
    #expect("\(error)".contains("character \(position + 1):"))
  }

  @Test func limitsLengths() throws {
    let tag = String(repeating: "t", count: 128)
    #expect(try ImageReference(parsing: "nginx:" + tag).tag == tag)
    let longTag = try #require(throws: ImageReferenceError.self) { try ImageReference(parsing: "nginx:\(tag)t") }
    #expect(longTag.position == 6 + 128)
    let path = String(repeating: "p", count: 255 - "docker.io/library/".count)
    #expect(try ImageReference(parsing: path).repository.hasSuffix(path))
    #expect(throws: ImageReferenceError.self) { try ImageReference(parsing: path + "p") }
    #expect(throws: ImageReferenceError.self) { try ImageReference(parsing: path + "p:tag") }
  }

  @Test func echoesInputBoundedAndEscaped() throws {
    let long = "a/" + String(repeating: "B", count: 100_000)
    let bounded = try #require(throws: ImageReferenceError.self) { try ImageReference(parsing: long) }
    #expect("\(bounded)".count < 300)
    let control = try #require(throws: ImageReferenceError.self) {
      try ImageReference(parsing: "a\u{1b}[31m\u{202e}\"")
    }
    #expect("\(control)".unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value < 0x7f }, "\(control)")
    #expect(control.input == #"a\u{1b}[31m\u{202e}\""#)
  }

  /// Whatever is accepted normalises to itself, and nothing makes the parser trap.
  @Test(arguments: seeds("image references"))
  func normalisesToAFixedPoint(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let alphabet =
      Array("aA0._-:/@[]+% é\u{0}") + ["sha256:", "localhost", "docker.io/", "index.docker.io/", Self.hex].map { $0 }
    for _ in 0..<2000 {
      let input = (0..<Int.random(in: 0...8, using: &random)).map { _ in
        "\(alphabet.randomElement(using: &random) ?? "a")"
      }
      .joined()
      do {
        let reference = try ImageReference(parsing: input)
        let again = try ImageReference(parsing: reference.normalized)
        #expect(again == reference && again.normalized == reference.normalized, "\(input)")
        #expect(again.registry == reference.registry && again.repository == reference.repository, "\(input)")
      } catch {
        #expect(error.position >= 0 && error.position <= input.unicodeScalars.count, "\(input): \(error)")
      }
    }
  }
}
