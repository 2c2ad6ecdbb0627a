import Foundation
import OCI
import Simulation

/// The runtime at `SWIFTLET_TEST_CONTAINERD` (a socket) and the registry at `SWIFTLET_TEST_REGISTRY` (host and port),
/// which has:
/// `conformance:one` and `conformance:uno`, one image by two tags; `second:1`, another one of some megabytes in several
/// layers;
/// `other:1`, an index without an image for this machine. The digest of `conformance:one` is in `SWIFTLET_TEST_DIGEST`.
struct RealRegistry {
  let endpoint: String
  let host: String
  let images: ConformanceImages

  private static func variable(_ name: String) -> String? {
    ProcessInfo.processInfo.environment["SWIFTLET_TEST_" + name]
  }

  static var isConfigured: Bool { variable("CONTAINERD") != nil && variable("REGISTRY") != nil }

  /// The reference of an image that takes some seconds to pull.
  static var slowImage: String? { isConfigured ? variable("SLOW") : nil }

  init() throws {
    endpoint = Self.variable("CONTAINERD") ?? ""
    host = Self.variable("REGISTRY") ?? ""
    images = try ConformanceImages(
      tagged: ImageReference(parsing: "\(host)/conformance:one"),
      digest: Digest(parsing: Self.variable("DIGEST") ?? ""),
      alias: ImageReference(parsing: "\(host)/conformance:uno"),
      second: ImageReference(parsing: "\(host)/second:1"),
      missing: ImageReference(parsing: "\(host)/missing:1"),
      // Port 1 on this machine: nobody listens there.
      refused: ImageReference(parsing: "127.0.0.1:1/refused:1"),
      otherPlatform: ImageReference(parsing: "\(host)/other:1"))
  }
}
