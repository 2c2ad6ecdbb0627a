import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// Whatever dies, whenever: the end is the same, and what was there is not pulled again.
@Suite(
  "Random faults", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)),
  .timeLimit(.minutes(5)))
struct RandomFaultTests {
  enum Fault: CaseIterable {
    case controller, agent, runtime, apiserver, registry
  }

  /// What a node had before a fault, and the registry's log from then on.
  struct Look {
    let address: String
    let images: Set<String>
    let log: RegistryLog
  }

  static let name = "random"

  let cluster: Cluster

  init() async throws {
    cluster = try Cluster.require()
    try await cluster.reset()
  }

  private func addresses() async throws -> [String: String] {
    let pairs = (try await cluster.get("nodes")["items"]?.array ?? []).compactMap { node -> (String, String)? in
      let addresses = node["status"]?["addresses"]?.array ?? []
      guard let name = node["metadata"]?["name"]?.string,
        let address = addresses.first(where: { $0["type"] == "InternalIP" })?["address"]?.string
      else { return nil }
      return (name, address)
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }

  private func cause(_ fault: Fault, on node: String) async throws {
    switch fault {
    case .controller:
      let holder = try await cluster.holder()
      try SwiftletProcess.all("controller").first { holder.hasPrefix($0.name) }?.send(SIGKILL)
    case .agent:
      try SwiftletProcess.all("agent").first { $0.name == node }?.send(SIGKILL)
    case .runtime:
      try await cluster.run("kill-runtime", node)
      try await cluster.run("start-runtime", node)
    case .apiserver:
      try await cluster.run("control-plane", "stop", "apiserver")
      try await cluster.run("control-plane", "start", "apiserver")
    case .registry:
      try await cluster.run("registry", "stop")
      try await cluster.run("registry", "start")
    }
  }

  @Test(
    "controller, agents, containerd, API server and registry die at random", arguments: seeds("random faults", count: 1)
  )
  func randomFaults(seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed)
    let addresses = try await addresses()
    let nodes = addresses.keys.sorted()
    let images = try await cluster.push(Self.name, count: 10, megabytes: 4)
    let (registry, audit) = (try RegistryLog(), try AuditLog())
    try await cluster.run("registry", "slow", "40mbit")
    try await cluster.applyImageSet(Self.name, images: images)
    try await cluster.wait(forSet: Self.name, "in the middle of it") { ($0.pairs?.present ?? 0) > 0 }

    var looks: [Look] = []
    var faults = Fault.allCases.shuffled(using: &generator)
    faults += (0..<2).map { _ in Fault.allCases.randomElement(using: &generator) ?? .agent }
    for fault in faults {
      let node = nodes.randomElement(using: &generator) ?? nodes[0]
      print("random faults: seed \(seed): \(fault) on \(node)")
      for (name, address) in addresses {
        looks.append(Look(address: address, images: try await cluster.images(on: name), log: try RegistryLog()))
      }
      try await cause(fault, on: node)
      try await Task.sleep(for: .milliseconds(Int.random(in: 0...2_000, using: &generator)))
    }
    try await cluster.run("registry", "slow", "off")

    try await cluster.wait(forSet: Self.name, "all there", within: .seconds(120)) {
      $0.pairs?.present == images.count * nodes.count && $0.condition("Ready")?.status == .yes
    }
    try await cluster.wait(for: images, on: nodes, within: .seconds(1))
    for look in looks {
      for image in images where look.images.contains(image) {
        let repository = image.dropFirst(cluster.registry.count + 1).split(separator: ":")[0]
        let again = try look.log.entries("\(repository)/").filter { $0.client == look.address && $0.method == "GET" }
        #expect(again.isEmpty, "\(image) was there and was pulled again by \(look.address)")
      }
    }
    // A pull that was cut short starts again, and no other.
    let repeated = try registry.wholeBlobs("\(Self.name)-").values.reduce(0) { $0 + $1 - 1 }
    print("random faults: seed \(seed): \(repeated) layers were pulled more than once")
    #expect(repeated <= faults.count * 3)
    #expect(try audit.intrusions() == [])
    try await cluster.deleteImageSets(Self.name)
    try await cluster.wait(for: images, on: nodes, present: false)
  }
}
