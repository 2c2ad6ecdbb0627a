import KubernetesClient
import Logging
import TestSupport
import Testing

@Suite struct ProxyTests {
  /// What the environment says, where a client wants to go, and the proxy that it takes.
  struct Case: Sendable, CustomTestStringConvertible {
    var variables: [String: String]
    var host = "api.example.com"
    var port = 6443
    var isSecure = true
    var proxy: String?

    var testDescription: String { "\(variables) \(host):\(port)" }
  }

  private static let both = ["HTTPS_PROXY": "http://s:1", "HTTP_PROXY": "http://p:2"]

  static let cases: [Case] = [
    Case(variables: [:], proxy: nil),
    Case(variables: both, proxy: "http://s:1"),
    Case(variables: both, isSecure: false, proxy: "http://p:2"),
    Case(variables: ["https_proxy": "s:1"], proxy: "http://s:1"),
    Case(variables: ["HTTPS_PROXY": "", "https_proxy": "socks5://s:1"], proxy: "socks5://s:1"),
    Case(variables: ["HTTP_PROXY": "http://p:2"], proxy: nil),
    Case(variables: ["HTTP_PROXY": "http://p:2", "REQUEST_METHOD": "GET"], isSecure: false, proxy: nil),
    Case(variables: both, host: "localhost", proxy: nil),
    Case(variables: both, host: "127.8.0.1", proxy: nil),
    Case(variables: both, host: "::1", proxy: nil),
  ]

  /// Lists of exceptions, a server, and whether it is reached without the proxy.
  static let exceptions: [(String, String, Bool)] = [
    ("*", "api.example.com", true), ("", "api.example.com", false), ("example.com", "api.example.com", true),
    ("example.com", "example.com", true), (".example.com", "example.com", false),
    ("*.example.com", "api.example.com", true), ("*.example.com", "example.com", false),
    ("ample.com", "api.example.com", false), (" a , EXAMPLE.com ", "API.example.COM", true),
    ("example.com:6443", "example.com", true), ("example.com:443", "example.com", false),
    ("10.0.0.0/8", "10.96.0.1", true), ("10.0.0.0/12", "10.16.0.1", false), ("10.0.0.0/12", "10.15.255.1", true),
    ("10.0.0.0/8", "api.example.com", false), ("10.0.0.0/33,x", "10.0.0.1", false), ("10.96.0.1", "10.96.0.1", true),
    ("10.96.0.1:6443", "10.96.0.1", true), ("10.96.0.1:1", "10.96.0.1", false), ("fd00::/8", "fd00::1", true),
    ("fd00::/8", "fe00::1", false), ("[fd00::1]:6443", "fd00::1", true), ("[fd00::1]:1", "fd00::1", false),
    ("FD00:0::1", "fd00::1", true), ("::ffff:10.0.0.1", "10.0.0.1", true), ("0.0.0.0/0", "192.0.2.1", true),
    (",,:1,.", "api.example.com", false), ("example.com", "api.example.com.", true),
  ]

  @Test(arguments: cases)
  func whichProxy(_ test: Case) {
    let proxy = ProxyVariables(test.variables).proxy(isSecure: test.isSecure, host: test.host, port: test.port)
    #expect(proxy == test.proxy)
  }

  @Test(arguments: exceptions)
  func withoutProxy(list: String, host: String, isDirect: Bool) {
    let variables = ProxyVariables(["HTTPS_PROXY": "http://s:1", "no_proxy": list])
    #expect((variables.proxy(isSecure: true, host: host, port: 6443) == nil) == isDirect)
  }

  @Test func whatIsNoProxyIsSaidWithoutItsPassword() {
    let machine = FakeMachine()
    machine.set("HTTPS_PROXY", "ftp://me:hunter2@proxy")
    let error = #expect(throws: ConfigurationError.self) {
      _ = try KubernetesClient(
        configuration: ClientConfiguration(server: "https://api.example.com"), logger: .init(label: "test"),
        environment: machine.environment)
    }
    #expect(error?.field == "HTTPS_PROXY")
    #expect(error?.message.contains("hunter2") == false)
  }

  /// Requests and watches go through the tunnel, and TLS is with the server, not with the proxy. The name that is asked for
  /// is the server's: only the proxy resolves it.
  @Test(arguments: [true, false], ["h2", "http/1.1"])
  func aRealProxy(fromEnvironment: Bool, protocolName: String) async throws {
    let script: ScriptedServer.Script = { request in
      request.query["watch"] == nil
        ? .text(namespaceJSON("a")) : .stream([.text(eventJSON("ADDED", namespaceJSON("b")))])
    }
    try await CertificateAuthority.with { authority in
      let tls = try authority.serverTLS(protocols: [protocolName])
      try await ScriptedServer.with(tls: tls, script: script) { server in
        try await Relay.with(target: server.port, isProxy: true) { proxy in
          let machine = FakeMachine()
          let url = "http://me:pass@127.0.0.1:\(proxy.port)"
          if fromEnvironment { machine.set("HTTPS_PROXY", url) }
          let options = TLSOptions(
            certificateAuthority: .file(authority.path("ca.crt")),
            clientCertificate: .file(authority.path("client.crt")), clientKey: .file(authority.path("client.key")))
          let configuration = ClientConfiguration(
            server: "https://api.test:\(server.port)", tls: options, proxy: fromEnvironment ? nil : url)
          try await withClient(configuration, machine: machine) { client in
            _ = try await client.get(Namespace.self, name: "a")
            var count = 0
            for try await _ in try await client.watch(Namespace.self, options: WatchOptions()) { count += 1 }
            #expect(count == 1)
          }
          let head = try #require(proxy.connects.first)
          #expect(head.hasPrefix("CONNECT api.test:\(server.port) HTTP/1.1\r\n"))
          #expect(head.lowercased().contains("proxy-authorization: basic bwu6cgfzcw=="))
          #expect(!head.contains("namespaces"))
          #expect(server.requests.allSatisfy { $0.header("Proxy-Authorization") == nil })
        }
      }
    }
  }
}
