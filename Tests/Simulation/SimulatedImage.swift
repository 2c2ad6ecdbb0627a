/// An image in the simulated registry.
package struct SimulatedImage: Sendable, Hashable {
  /// The runtime's ID once it is pulled. Two references with the same ID are two names of one image.
  package var id: String
  /// The manifest's digest.
  package var digest: String
  package var size: UInt64
  /// How a pull of it goes.
  package var behavior: PullBehavior

  /// - Parameter seed: the same seed gives the same ID and digest.
  package init(seed: String, size: UInt64 = 1_000_000, behavior: PullBehavior = .atOnce) {
    id = SimulatedImage.digest(of: "config " + seed)
    digest = SimulatedImage.digest(of: "manifest " + seed)
    self.size = size
    self.behavior = behavior
  }

  /// A made-up digest that follows from `text` (FNV-1a over it, four times).
  package static func digest(of text: String) -> String {
    var hex = ""
    for round in 0..<4 {
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325 &+ UInt64(round)
      for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      let digits = String(hash, radix: 16)
      hex += String(repeating: "0", count: 16 - digits.count) + digits
    }
    return "sha256:" + hex
  }
}
