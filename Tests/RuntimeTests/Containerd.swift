import ContainerRuntime
import Foundation
import TestSupport

/// A containerd of its own for a test, in mount and process namespaces of its own, with images on a memory disk. Runs no
/// containers.
///
/// `SWIFTLET_CONTAINERDS` names the programs to test with, separated by colons. Needs root.
struct Containerd: Sendable {
  static let programs: [String] =
    (ProcessInfo.processInfo.environment["SWIFTLET_CONTAINERDS"] ?? "").split(separator: ":").map(String.init)
  static var isThere: Bool { !programs.isEmpty }
  /// Those that know pins: 1.7 and later.
  static let pinning: [String] = programs.filter { program in
    do {
      let version = try Program.run(program, ["--version"]).split(separator: " ").map(String.init)
      return RuntimeVersion.features(ofRuntime: "containerd", version: version.count > 2 ? version[2] : "")
        .contains(.pins)
    } catch {
      print("\(program): \(error)")
      return false
    }
  }

  static let skipped = "needs root and containerd: `make test` names the programs in SWIFTLET_CONTAINERDS"

  let endpoint: String
  /// Where its files are seen from outside.
  let hostRoot: String
  /// Images are below that, seen from outside.
  var disk: String { hostRoot + "/var/lib/containerd" }
  /// For files of the test; goes with it.
  let folder: String
  private var certificates: String { folder + "/certs" }

  /// Runs `body` with a containerd whose images have so much space.
  static func with<Result: Sendable>(
    _ program: String, megabytes: Int = 512, _ body: (Containerd) async throws -> Result
  ) async throws -> Result {
    // A socket's path has at most 107 bytes.
    let folder = "/tmp/swiftlet-\(UInt32.random(in: 0...UInt32.max))"
    try FileManager.default.createDirectory(atPath: folder + "/certs", withIntermediateDirectories: true)
    defer {
      do { try FileManager.default.removeItem(atPath: folder) } catch { print("\(folder) stays: \(error)") }
    }
    try configuration(folder).write(toFile: folder + "/config.toml", atomically: true, encoding: .utf8)
    // The first process of the namespaces: when it ends, all in them does.
    let script = """
      mount -t tmpfs -o size="$1"m tmpfs /var/lib/containerd || exit 1
      echo $$ > "$2/inside"
      "$3" --config "$2/config.toml" &
      cat > /dev/null
      """
    let program = try Program(
      "/usr/bin/unshare",
      [
        "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "/bin/sh", "-c", script, "sh",
        "\(megabytes)", folder, program,
      ], log: folder + "/log")
    defer { program.stop() }
    let runtime = try RuntimeEndpoint(parsing: folder + "/containerd.sock")
    let inside = try await eventually("containerd answers; it says: \(program.lastWords)", within: .seconds(20)) {
      _ = try await CRIRuntime.connect(endpoint: runtime.path)
      let children = "/proc/\(program.process.processIdentifier)/task/\(program.process.processIdentifier)/children"
      return try String(contentsOfFile: children, encoding: .utf8).split(separator: " ").first.map(String.init)
    }
    return try await body(
      Containerd(endpoint: runtime.path, hostRoot: "/proc/\(inside)/root", folder: folder))
  }

  private static func configuration(_ folder: String) -> String {
    """
    version = 2
    root = "/var/lib/containerd"
    state = "\(folder)/state"
    disabled_plugins = ["io.containerd.internal.v1.opt"]
    [grpc]
      address = "\(folder)/containerd.sock"
    [ttrpc]
      address = "\(folder)/ttrpc.sock"
    [plugins."io.containerd.grpc.v1.cri".registry]
      config_path = "\(folder)/certs"
    [plugins."io.containerd.cri.v1.images".registry]
      config_path = "\(folder)/certs"

    """
  }

  /// Says how to speak to a registry: `http` or `https`.
  func trust(_ host: String, by scheme: String) throws {
    let folder = certificates + "/" + host
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try """
    server = "\(scheme)://\(host)"
    [host."\(scheme)://\(host)"]
      capabilities = ["pull", "resolve"]

    """.write(toFile: folder + "/hosts.toml", atomically: true, encoding: .utf8)
  }

  func runtime(change: (inout CRIRuntimeOptions) -> Void = { _ in }) throws -> CRIRuntime {
    var options = CRIRuntimeOptions()
    options.hostRoot = hostRoot
    change(&options)
    return CRIRuntime(endpoint: try RuntimeEndpoint(parsing: endpoint), options: options)
  }
}
