import OCI
import Testing

@Suite struct PlatformTests {
  @Test(arguments: [
    ("linux/amd64", "linux/amd64"),
    ("linux/x86_64", "linux/amd64"),
    ("linux/x86-64", "linux/amd64"),
    ("Linux/AMD64", "linux/amd64"),
    ("linux/amd64/v1", "linux/amd64"),
    ("linux/amd64/v3", "linux/amd64/v3"),
    ("linux/aarch64", "linux/arm64"),
    ("linux/arm64/v8", "linux/arm64"),
    ("linux/arm64/v9", "linux/arm64/v9"),
    ("linux/arm", "linux/arm/v7"),
    ("linux/arm/7", "linux/arm/v7"),
    ("linux/arm/v6", "linux/arm/v6"),
    ("linux/armhf", "linux/arm/v7"),
    ("linux/armel", "linux/arm/v6"),
    ("linux/i386", "linux/386"),
    ("macos/arm64", "darwin/arm64"),
    ("windows/amd64", "windows/amd64"),
    ("linux/ppc64le", "linux/ppc64le"),
  ])
  func normalises(input: String, normalized: String) throws {
    let platform = try Platform(parsing: input)
    #expect(platform.description == normalized)
    #expect(try Platform(parsing: normalized) == platform)
  }

  @Test(arguments: [
    ("", 0), ("linux", 5), ("linux/", 6), ("/amd64", 0), ("linux//v1", 6), ("linux/arm/v7/x", 12), ("linux/am d64", 8),
    ("linux/amd64;", 11),
  ])
  func refuses(input: String, position: Int) throws {
    let error = try #require(throws: ParseError.self) { try Platform(parsing: input) }
    #expect(error.position == position, "\(error)")
  }
}
