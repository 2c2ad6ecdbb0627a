import ContainerRuntime
import Foundation
import Testing

@Suite struct ProbeTests {
  @Test func namesEveryPlaceThatWasTried() async throws {
    let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    var options = CRIRuntimeOptions()
    options.hostRoot = root
    let error = await #expect(throws: RuntimeProbeError.self) { try await CRIRuntime.connect(options: options) }
    let text = "\(try #require(error))"
    for endpoint in RuntimeEndpoint.usual { #expect(text.contains(root + endpoint.path), "\(text)") }
  }

  @Test(arguments: [
    "tcp://1.2.3.4:5", "relative.sock", "", "unix://relative", "/" + String(repeating: "x", count: 200),
  ])
  func refusesWhatIsNoSocket(endpoint: String) async throws {
    await #expect(throws: RuntimeProbeError.self) { try await CRIRuntime.connect(endpoint: endpoint) }
  }

  @Test func saysWhatIsThereInstead() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try Data().write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let error = await #expect(throws: RuntimeProbeError.self) { try await CRIRuntime.connect(endpoint: file.path) }
    #expect(error?.attempts.map(\.problem) == ["not a socket"])
    let none = await #expect(throws: RuntimeProbeError.self) { try await CRIRuntime.connect(endpoint: "unix:///none") }
    #expect(none?.attempts.map(\.problem) == ["not there"])
  }
}
