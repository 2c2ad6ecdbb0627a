import OCI
import Testing

@Suite struct DigestTests {
  @Test(arguments: [("sha256", 64), ("sha384", 96), ("sha512", 128)])
  func parses(algorithm: String, length: Int) throws {
    let text = algorithm + ":" + String(repeating: "a", count: length)
    let digest = try Digest(parsing: text)
    #expect(digest.algorithm.rawValue == algorithm)
    #expect(digest.description == text)
    #expect(throws: ParseError.self) { try Digest(parsing: text + "a") }
    #expect(throws: ParseError.self) { try Digest(parsing: String(text.dropLast())) }
    #expect(throws: ParseError.self) { try Digest(parsing: text.uppercased()) }
  }

  @Test(arguments: ["", ":", "sha256:", "sha1:abc", "sha256", "sha256:g", "sha256 :a"])
  func refuses(text: String) {
    #expect(throws: ParseError.self) { try Digest(parsing: text) }
  }
}
