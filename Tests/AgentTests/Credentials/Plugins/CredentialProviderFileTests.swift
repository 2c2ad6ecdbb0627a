import Agent
import Foundation
import OCI
import Testing

@Suite struct CredentialProviderFileTests {
  private static let version = "credentialprovider.kubelet.k8s.io/v1"

  private func parse(_ text: String) throws -> [CredentialProvider] {
    try CredentialProviderFile.parse(Array(text.utf8), path: "file")
  }

  private func file(_ providers: String, version: String = "v1") -> String {
    #"{"apiVersion":"kubelet.config.k8s.io/\#(version)","kind":"CredentialProviderConfig","providers":[\#(providers)]}"#
  }

  private func provider(
    _ name: String = "ecr", images: String = #"["*.registry.example"]"#, duration: String = #""12h""#,
    version: String = version, more: String = ""
  ) -> String {
    #"{"name":"\#(name)","matchImages":\#(images),"defaultCacheDuration":\#(duration),"apiVersion":"\#(version)"\#(more)}"#
  }

  @Test(arguments: ["v1", "v1beta1", "v1alpha1"]) func everyVersionIsRead(version: String) throws {
    let text = """
      apiVersion: kubelet.config.k8s.io/\(version)
      kind: CredentialProviderConfig
      providers:
      - name: ecr-credential-provider
        matchImages: ["*.dkr.ecr.*.amazonaws.com", "public.registry.example:5000/team"]
        defaultCacheDuration: "1h30m"
        apiVersion: credentialprovider.kubelet.k8s.io/\(version)
        args: [get-credentials, --verbose]
        env:
        - {name: AWS_PROFILE, value: puller}
        somethingNew: true
      """
    let provider = try #require(try parse(text).first)
    #expect(provider.name == "ecr-credential-provider")
    #expect(provider.defaultCacheDuration == .seconds(5400))
    #expect(provider.apiVersion == "credentialprovider.kubelet.k8s.io/\(version)")
    #expect(provider.arguments == ["get-credentials", "--verbose"])
    #expect(provider.environment == ["AWS_PROFILE": "puller"])
    #expect(!provider.needsToken)
  }

  @Test(arguments: [
    ("1.dkr.ecr.eu.amazonaws.com/app:1", true), ("dkr.ecr.eu.amazonaws.com/app:1", false),
    ("a.b.dkr.ecr.eu.amazonaws.com/app:1", false), ("1.dkr.ecr.eu.amazonaws.com:443/app:1", false),
    ("registry.example:5000/team/app:1", true), ("registry.example:5000/teams/app:1", true),
    ("registry.example:5000/other/team:1", false), ("registry.example/team/app:1", false),
    ("v1.example/v1/app:1", true), ("v1.example/app:1", false), ("nginx", true), ("busybox", false),
  ]) func imagesAreMatchedAsTheKubeletDoes(image: String, isHandled: Bool) throws {
    let images =
      #"["*.dkr.ecr.*.amazonaws.com","registry.example:5000/team","v1.example/v1/","docker.io/library/nginx"]"#
    let provider = try #require(try parse(file(provider(images: images))).first)
    #expect(provider.handles(try ImageReference(parsing: image)) == isHandled)
  }

  @Test func tokensAreNoticed() throws {
    let more = #","tokenAttributes":{"serviceAccountTokenAudience":"a","requireServiceAccount":true}"#
    let providers = try parse(file(provider("a", more: more) + "," + provider("b", more: #","tokenAttributes":null"#)))
    #expect(providers.map(\.needsToken) == [true, false])
  }

  @Test func whatIsWrongIsSaidWithItsPlace() throws {
    let cases: [(String, String)] = [
      ("", "is no CredentialProviderConfig in YAML or JSON"),
      ("[1]", "is no CredentialProviderConfig in YAML or JSON"),
      ("{unclosed: s3cret", "is no CredentialProviderConfig in YAML or JSON"),
      (file(provider()).replacing("Config\"", with: "Conf\""), "is no CredentialProviderConfig of kubelet.config"),
      (file(provider(), version: "v2"), "is no CredentialProviderConfig of kubelet.config"),
      (file(""), "providers is empty"),
      (file(provider("")), "providers[0].name: has to be"),
      (file(provider("../sh")), "providers[0].name: has to be"),
      (file(provider("..")), "providers[0].name: has to be"),
      (file(provider("a b")), "providers[0].name: has to be"),
      (file(provider() + "," + provider()), "providers[1].name: ecr is named before"),
      (file(provider(images: "[]")), "providers[0].matchImages: is empty"),
      (file(provider(images: #"["a","a b"]"#)), "providers[0].matchImages[1]: is no pattern"),
      (file(provider(duration: #""soon""#)), "providers[0].defaultCacheDuration: has to be"),
      (file(provider(duration: #""-1s""#)), "providers[0].defaultCacheDuration: has to be"),
      (file(provider(duration: "null")), "providers[0].defaultCacheDuration: has to be"),
      (file(provider(version: "v1")), "providers[0].apiVersion: has to be one of"),
      (file(provider(more: #","env":[{"name":"A=B","value":"s3cret"}]"#)), "providers[0].env[0].name: has to be"),
    ]
    for (text, words) in cases {
      let problem = #expect(throws: CredentialProviderFile.Problem.self, "\(text)") { try parse(text) }
      let said = "\(try #require(problem))"
      #expect(said.hasPrefix("file: \(words)"), "\(said)")
      #expect(!said.contains("s3cret"))
    }
  }

  @Test func aFolderIsReadInOrder() throws {
    let folder = try TemporaryFolder()
    func write(_ name: String, _ text: String) throws {
      try text.write(toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
    }
    try write("2.yaml", file(provider("second")))
    try write("1.json", file(provider("first")))
    try write("README", "not one of them")
    #expect(try CredentialProviderFile.read(folder.path).map(\.name) == ["first", "second"])
    #expect(try CredentialProviderFile.read("\(folder.path)/2.yaml").map(\.name) == ["second"])
    try write("3.yml", file(provider("first")))
    let path = folder.path
    #expect(
      throws: CredentialProviderFile.Problem(path: "\(path)/3.yml", message: "names the provider first a second time")
    ) {
      try CredentialProviderFile.read(path)
    }
    #expect(throws: CredentialProviderFile.Problem(path: "\(path)/none", message: "isn't there")) {
      try CredentialProviderFile.read(path + "/none")
    }
  }
}
