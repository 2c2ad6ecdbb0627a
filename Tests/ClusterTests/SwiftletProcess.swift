import Foundation
import KubernetesClient
import TestSupport

/// A process of this machine that is a controller or an agent in a pod of the cluster.
struct SwiftletProcess: Sendable, Hashable {
  let id: pid_t
  /// Of a controller the pod's name, of an agent the node's.
  let name: String

  /// Those that run now.
  ///
  /// - Parameter part: `controller` or `agent`.
  static func all(_ part: String) throws -> [SwiftletProcess] {
    let variable = part == "agent" ? "NODE_NAME=" : "POD_NAME="
    return try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }.compactMap { id in
      // A process that ends meanwhile has no files any more.
      guard let words = fields(id, "cmdline"), words.count > 1, words[0].hasSuffix("swiftlet"), words[1] == part,
        let name = fields(id, "environ")?.first(where: { $0.hasPrefix(variable) })
      else { return nil }
      return SwiftletProcess(id: id, name: String(name.dropFirst(variable.count)))
    }
  }

  private static func fields(_ id: pid_t, _ file: String) -> [String]? {
    guard let data = FileManager.default.contents(atPath: "/proc/\(id)/\(file)") else { return nil }
    return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  var isThere: Bool { FileManager.default.fileExists(atPath: "/proc/\(id)/environ") }

  func send(_ signal: Int32) throws {
    guard kill(id, signal) == 0 else {
      throw CommandFailure(command: "kill \(signal) \(id)", status: errno, output: String(cString: strerror(errno)))
    }
  }

  /// Runs a program of this machine in the process's network.
  @discardableResult
  func inItsNetwork(_ program: String, _ arguments: String...) async throws -> String {
    try await command("nsenter", ["--net=/proc/\(id)/ns/net", program] + arguments)
  }

  /// The local ports of its connections to the API server.
  func connections() async throws -> Set<String> {
    let text = try await inItsNetwork("ss", "-Htnp", "state", "established")
    let ports = text.split(separator: "\n").filter { $0.contains("pid=\(id),") }.compactMap { line -> String? in
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count > 3, words[3].hasSuffix(":443") || words[3].hasSuffix(":6443") else { return nil }
      return words[2].split(separator: ":").last.map(String.init)
    }
    return Set(ports)
  }

  /// From now on no packet of these connections arrives anywhere, and nobody is told.
  func lose(_ ports: Set<String>) async throws {
    for port in ports {
      try await inItsNetwork("iptables", "-w", "-I", "OUTPUT", "-p", "tcp", "--sport", port, "-j", "DROP")
      try await inItsNetwork("iptables", "-w", "-I", "INPUT", "-p", "tcp", "--dport", port, "-j", "DROP")
    }
  }

  func find(_ ports: Set<String>) async throws {
    for port in ports {
      try await inItsNetwork("iptables", "-w", "-D", "OUTPUT", "-p", "tcp", "--sport", port, "-j", "DROP")
      try await inItsNetwork("iptables", "-w", "-D", "INPUT", "-p", "tcp", "--dport", port, "-j", "DROP")
    }
  }

  /// Nothing gets from its network to an API server or back, new connections included.
  func cutOff() async throws {
    try await inItsNetwork("iptables", "-w", "-I", "OUTPUT", "-p", "tcp", "--dport", "443", "-j", "DROP")
    try await inItsNetwork("iptables", "-w", "-I", "INPUT", "-p", "tcp", "--sport", "443", "-j", "DROP")
  }

  func heal() async throws {
    try await inItsNetwork("iptables", "-w", "-D", "OUTPUT", "-p", "tcp", "--dport", "443", "-j", "DROP")
    try await inItsNetwork("iptables", "-w", "-D", "INPUT", "-p", "tcp", "--sport", "443", "-j", "DROP")
  }

  /// The sum of a metric over all of its labels, or over those whose text contains `label`.
  func metric(_ name: String, port: Int, containing label: String = "") async throws -> Double {
    let text = try await inItsNetwork("curl", "-sf", "--max-time", "5", "http://127.0.0.1:\(port)/metrics")
    return text.split(separator: "\n").reduce(0) { sum, line in
      guard line.hasPrefix("\(name){") || line.hasPrefix("\(name) "), line.contains(label) else { return sum }
      return sum + (line.split(separator: " ").last.flatMap { Double($0) } ?? 0)
    }
  }
}

extension Cluster {
  /// The holder of the controllers' lease: a pod's name, perhaps with something after it.
  func holder() async throws -> String {
    try await kubectl(
      "get", "lease", "swiftlet-controller", "-n", "swiftlet-system", "-o", "jsonpath={.spec.holderIdentity}")
  }

  /// The controller that leads now.
  func leader() async throws -> SwiftletProcess {
    try await eventually("one of the controllers leads", within: .seconds(40), every: .milliseconds(250)) {
      let holder = try await holder()
      return try SwiftletProcess.all("controller").first { holder.hasPrefix($0.name) }
    }
  }

  /// Waits until another controller leads than the one that does, or did.
  func successor(of old: String, within limit: Duration) async throws -> String {
    try await eventually("another controller leads", within: limit, every: .milliseconds(250)) {
      let holder = try await holder()
      return holder.isEmpty || holder == old ? nil : holder
    }
  }
}
