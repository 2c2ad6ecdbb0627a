#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The seeds of one run of a property test: a few fixed ones and a fresh one, or the one in `SWIFTLET_SEED`.
///
/// The seeds are printed, so that a failure names what repeats it.
package func seeds(_ name: String, count: Int = 20) -> [UInt64] {
  if let text = getenv("SWIFTLET_SEED"), let seed = UInt64(String(cString: text)) {
    print("\(name): seed \(seed) from SWIFTLET_SEED")
    return [seed]
  }
  let fresh = UInt64.random(in: 1...UInt64(UInt32.max))
  print("\(name): seeds 1 to \(count - 1) and \(fresh); SWIFTLET_SEED=N repeats one")
  return (1..<UInt64(count)).map { $0 } + [fresh]
}
