import Foundation
import OCI
import Testing

@Suite struct DockerConfigurationTests {
  private func logins(_ json: String) throws -> [RegistryLogin] {
    var keyring = Keyring<Int>()
    keyring.add(try DockerConfiguration(configJSON: Array(json.utf8)), from: 0)
    return keyring.candidates(for: try ImageReference(parsing: "host.example/a")).map(\.login)
  }

  private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

  @Test(arguments: [
    (#"{"username":"u","password":"p"}"#, RegistryLogin.password(username: "u", password: "p")),
    (#"{"auth":"\#(base64("u:p"))"}"#, .password(username: "u", password: "p")),
    // What is in auth counts.
    (#"{"username":"x","password":"y","auth":"\#(base64("u:p"))"}"#, .password(username: "u", password: "p")),
    // Only the first colon parts.
    (#"{"auth":"\#(base64("u:p:q"))"}"#, .password(username: "u", password: "p:q")),
    (#"{"auth":"dTpw"}"#, .password(username: "u", password: "p")),
    // Padded, unpadded, and with line ends in it.
    (#"{"auth":"dXU6cHA="}"#, .password(username: "uu", password: "pp")),
    (#"{"auth":"dXU6cHA"}"#, .password(username: "uu", password: "pp")),
    (#"{"auth":"dXU6\ncHA=\n"}"#, .password(username: "uu", password: "pp")),
    (#"{"username":"u","identitytoken":"t"}"#, .identityToken("t")),
    (#"{"auth":"\#(base64("u:"))","identitytoken":"t"}"#, .identityToken("t")),
    // A password first, since it is all that the kubelet knows.
    (#"{"username":"u","password":"p","identitytoken":"t"}"#, .password(username: "u", password: "p")),
    (#"{"registrytoken":"r"}"#, .registryToken("r")),
    (#"{"username":"u"}"#, .password(username: "u", password: "")),
    (#"{"username":"ü","password":"pä"}"#, .password(username: "ü", password: "pä")),
    (#"{"username":"u","password":"p","email":"e@x","other":[1]}"#, .password(username: "u", password: "p")),
  ]) func logins(entry: String, login: RegistryLogin) throws {
    #expect(try logins(#"{"auths":{"host.example":\#(entry)},"credsStore":"x"}"#) == [login])
  }

  @Test(arguments: ["{}", "null", #"{"email":"e"}"#, #"{"auth":""}"#]) func entriesWithoutALogin(entry: String) throws {
    #expect(try logins(#"{"auths":{"host.example":\#(entry)}}"#) == [])
  }

  @Test func theOldFormHasNoFrame() throws {
    var keyring = Keyring<Int>()
    let json = #"{"https://host.example/v1/":{"username":"u","password":"p"}}"#
    keyring.add(try DockerConfiguration(legacy: Array(json.utf8)), from: 0)
    let found = keyring.candidates(for: try ImageReference(parsing: "host.example/a"))
    #expect(found.map(\.login) == [.password(username: "u", password: "p")])
  }

  static let secret = "s3cret-word"

  @Test(arguments: [
    ("", DockerConfigurationError.notJSON),
    ("{", .notJSON),
    (secret, .notJSON),
    ("[]", .wrongShape),
    (#""\#(secret)""#, .wrongShape),
    ("{}", .noEntries),
    (#"{"auths":null}"#, .noEntries),
    (#"{"host.example":{"auth":"\#(base64("u:\(secret)"))"}}"#, .noEntries),
    (#"{"auths":[]}"#, .wrongShape),
    (#"{"auths":{"u:\#(secret)@host.example":"\#(secret)"}}"#, .wrongShape),
    (#"{"auths":{"host.example":{"password":5}}}"#, .wrongShape),
    (#"{"auths":{"host.example":{"auth":"\#(secret)"}}}"#, .authNotBase64),
    (#"{"auths":{"host.example":{"auth":"gICAgA=="}}}"#, .authNotBase64),
    (#"{"auths":{"host.example":{"auth":"\#(base64(secret))"}}}"#, .authWithoutColon),
  ]) func malformed(json: String, error: DockerConfigurationError) {
    #expect(throws: error) { try DockerConfiguration(configJSON: Array(json.utf8)) }
    var words = ""
    dump(error, to: &words)
    for text in [words, "\(error)", error.localizedDescription] {
      #expect(!text.contains(Self.secret) && !text.contains(Self.base64(Self.secret)), "\(text)")
    }
  }

  @Test func malformedOldForm() {
    #expect(throws: DockerConfigurationError.wrongShape) { try DockerConfiguration(legacy: Array(#"{"a":1}"#.utf8)) }
    #expect(throws: DockerConfigurationError.notJSON) { try DockerConfiguration(legacy: [0xff, 0xfe]) }
  }

  @Test func noDescriptionShowsALogin() throws {
    let json = #"{"auths":{"host.example":{"username":"u","password":"\#(Self.secret)"}}}"#
    let configuration = try DockerConfiguration(configJSON: Array(json.utf8))
    var words = "\(configuration) \(configuration.entries)"
    dump(configuration, to: &words)
    dump(configuration.entries, to: &words)
    dump(RegistryLogin.identityToken(Self.secret), to: &words)
    dump(try logins(json), to: &words)
    debugPrint(try logins(json), to: &words)
    #expect(!words.contains(Self.secret), "\(words)")
  }
}
