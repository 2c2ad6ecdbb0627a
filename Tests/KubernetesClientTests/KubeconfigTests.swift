import Foundation
import KubernetesClient
import Testing

@Suite struct KubeconfigTests {
  /// A file with one cluster, one user and one context, of which parts are given.
  private static func kubeconfig(cluster: String = "", user: String = "", context: String = "") -> String {
    """
    apiVersion: v1
    kind: Config
    current-context: main
    clusters:
    - name: c
      cluster: {server: "https://api.example:6443"\(cluster)}
    users:
    - name: u
      user: {\(user)}
    contexts:
    - name: main
      context: {cluster: c, user: u\(context)}
    """
  }

  private func load(
    _ files: [String: String], path: String? = nil, context: String? = nil, variables: [String: String] = [:]
  ) throws -> ClientConfiguration {
    let machine = FakeMachine()
    for (path, text) in files { machine.write(text, to: path) }
    for (name, value) in variables { machine.set(name, value) }
    return try ClientConfiguration.load(
      kubeconfig: path, context: context, currentFolder: "/here", environment: machine.environment)
  }

  private static let pem = CredentialSource.inline(SecretData("pem"))

  @Test(arguments: [
    (", tls-server-name: api.other", TLSOptions(serverName: "api.other")),
    (", insecure-skip-tls-verify: true", TLSOptions(isInsecure: true)),
    (", certificate-authority-data: cGVt", TLSOptions(certificateAuthority: pem)),
    (", certificate-authority-data: cGVt, certificate-authority: x", TLSOptions(certificateAuthority: pem)),
    (", certificate-authority: sub/ca.crt", TLSOptions(certificateAuthority: .file("/etc/k/sub/ca.crt"))),
    (", certificate-authority: /ca.crt", TLSOptions(certificateAuthority: .file("/ca.crt"))),
    (", certificate-authority: ''", TLSOptions()),
  ])
  func clusters(fields: String, expected: TLSOptions) throws {
    let configuration = try load(["/etc/k/config": Self.kubeconfig(cluster: fields)], path: "/etc/k/config")
    #expect(configuration.server == "https://api.example:6443")
    #expect(configuration.tls == expected)
    #expect(configuration.namespace == "default")
  }

  @Test(arguments: [
    ("token: abc", Authentication.token(.inline(SecretData("abc")))),
    ("tokenFile: t", .token(.file("/etc/k/t"))), ("token: abc, tokenFile: /t", .token(.file("/t"))),
    ("username: me, password: secret", .basic(username: "me", password: SecretData("secret"))),
    ("", .none),
    (
      "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./bin/login, args: [a, 'b c'], "
        + "env: [{name: A, value: B}], installHint: get it, provideClusterInfo: true, interactiveMode: IfAvailable}",
      .exec(
        ExecPlugin(
          command: "/etc/k/./bin/login", arguments: ["a", "b c"], environment: ["A": "B"], installHint: "get it",
          providesClusterInfo: true))
    ),
    (
      "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: login}",
      .exec(ExecPlugin(command: "login", apiVersion: "client.authentication.k8s.io/v1beta1"))
    ),
  ])
  func users(fields: String, expected: Authentication) throws {
    let configuration = try load(["/etc/k/config": Self.kubeconfig(user: fields)], path: "/etc/k/config")
    #expect(configuration.authentication == expected)
  }

  @Test func clientCertificatesNamespaceAndProxy() throws {
    let text = Self.kubeconfig(
      cluster: ", proxy-url: http://proxy:3128", user: "client-certificate: c.pem, client-key-data: cGVt",
      context: ", namespace: team")
    let configuration = try load(["/here/config": text], path: "config")
    #expect(configuration.tls == TLSOptions(clientCertificate: .file("/here/c.pem"), clientKey: Self.pem))
    #expect(configuration.namespace == "team")
    #expect(configuration.proxy == "http://proxy:3128")
  }

  /// Cluster, user and context, and what the error must say.
  @Test(arguments: [
    (", certificate-authority-data: '%%%'", "", "", #"context "main": clusters[c].certificate-authority-data: isn't"#),
    (", insecure-skip-tls-verify: true, certificate-authority: x", "", "", "clusters[c].insecure-skip-tls-verify"),
    (", proxy-url: 'ftp://x'", "", "", "clusters[c].proxy-url"),
    ("", "client-certificate: x", "", "users[u].client-key: a client certificate needs its key"),
    ("", "client-key: x", "", "users[u].client-certificate"),
    ("", "exec: {apiVersion: client.authentication.k8s.io/v1}", "", "users[u].exec.command: isn't set"),
    ("", "exec: {apiVersion: v1, command: x}", "", "users[u].exec.apiVersion: must be"),
    (
      "", "exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}", "",
      "users[u].exec.interactiveMode"
    ),
    ("", "auth-provider: {name: gcp}", "", #"users[u].auth-provider: "gcp" isn't supported"#),
    ("", "as: admin", "", "users[u].as: impersonation"),
    ("", "", ", user: nobody", #"there is no user "nobody""#),
    ("", "", ", cluster: nowhere", #"there is no cluster "nowhere""#),
    ("", "exec: {command: [x]}", "", "users[0].user.exec.command: is no "),
  ])
  func mistakes(cluster: String, user: String, context: String, message: String) throws {
    // YAML has no two equal keys in a mapping.
    var text = Self.kubeconfig(cluster: cluster, user: user)
    if context.contains("user") { text = text.replacing("user: u}", with: "user: nobody}") }
    if context.contains("cluster") { text = text.replacing("{cluster: c,", with: "{cluster: nowhere,") }
    let error = try #require(throws: ConfigurationError.self) { try load(["/k": text], path: "/k") }
    #expect(error.description.contains(message))
    #expect(error.description.hasPrefix("/k: "))
  }

  @Test func syntaxErrorsShowTheirPlaceAndNoContent() throws {
    let text = "users:\n- name: u\n  user:\n    token: \"hunter2\n"
    let error = try #require(throws: ConfigurationError.self) { try load(["/k": text], path: "/k") }
    #expect(error.description.contains("line"))
    #expect(!error.description.contains("hunter2"))
  }

  @Test func contextsAreChosen() throws {
    let text = Self.kubeconfig() + "\n- name: other\n  context: {cluster: c, namespace: two}"
    #expect(try load(["/k": text], path: "/k", context: "other").namespace == "two")
    let error = try #require(throws: ConfigurationError.self) { try load(["/k": text], path: "/k", context: "gone") }
    #expect(error.description == #"/k: context "gone": there is no such context"#)
    let bare = try #require(throws: ConfigurationError.self) { try load(["/k": "{}"], path: "/k") }
    #expect(bare.field == "current-context")
  }

  @Test func filesAreMergedAndTheFirstCounts() throws {
    let first = """
      current-context: ''
      users:
      - {name: u, user: {tokenFile: t}}
      contexts: null
      """
    let second = Self.kubeconfig(user: "token: second", context: ", namespace: two")
    let third = Self.kubeconfig(context: ", namespace: three").replacing(
      "current-context: main", with: "current-context: x")
    let configuration = try load(
      ["/a/1": first, "/b/2": second, "/here/c/3": third], variables: ["KUBECONFIG": "/a/1:/gone::/b/2:c/3"])
    #expect(configuration.authentication == .token(.file("/a/t")))
    #expect(configuration.namespace == "two")
  }

  @Test(arguments: [("/gone", "/gone: isn't there"), ("/gone:/lost", "none of these files is there")])
  func missingFiles(list: String, message: String) throws {
    let error = try #require(throws: ConfigurationError.self) { try load([:], variables: ["KUBECONFIG": list]) }
    #expect(error.description.contains(message))
  }

  @Test func orderOfPlaces() throws {
    let files = [
      "/given": Self.kubeconfig(context: ", namespace: given"),
      "/listed": Self.kubeconfig(context: ", namespace: listed"),
      "/home/me/.kube/config": Self.kubeconfig(context: ", namespace: home"), Self.folder + "token": "t",
      Self.folder + "ca.crt": "c", Self.folder + "namespace": "pod\n",
    ]
    var variables = ["HOME": "/home/me"]
    #expect(try load(files, variables: variables).namespace == "home")
    variables["KUBERNETES_SERVICE_HOST"] = "10.0.0.1"
    variables["KUBERNETES_SERVICE_PORT"] = "443"
    #expect(try load(files, variables: variables).namespace == "pod")
    #expect(try load(files, context: "main", variables: variables).namespace == "home")
    variables["KUBECONFIG"] = "/listed"
    #expect(try load(files, variables: variables).namespace == "listed")
    #expect(try load(files, path: "/given", variables: variables).namespace == "given")
  }

  private static let folder = "/var/run/secrets/kubernetes.io/serviceaccount/"

  @Test(arguments: [("10.0.0.1", "https://10.0.0.1:443"), ("fd00::1", "https://[fd00::1]:443")])
  func inCluster(host: String, server: String) throws {
    let variables = ["KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": "443"]
    let configuration = try load([Self.folder + "token": "t", Self.folder + "ca.crt": "c"], variables: variables)
    #expect(configuration.server == server)
    #expect(configuration.authentication == .token(.file(Self.folder + "token")))
    #expect(configuration.tls == TLSOptions(certificateAuthority: .file(Self.folder + "ca.crt")))
    #expect(configuration.namespace == "default")
    let error = try #require(throws: ConfigurationError.self) {
      try load([Self.folder + "ca.crt": "c"], variables: variables)
    }
    #expect(error.file == Self.folder + "token")
  }

  @Test func descriptionsHideSecrets() throws {
    let text = Self.kubeconfig(user: "username: me, password: hunter2")
    let configuration = try load(["/k": text], path: "/k")
    var dumped = ""
    dump(configuration, to: &dumped)
    #expect(!"\(configuration)\(dumped)".contains("hunter2"))
  }
}
