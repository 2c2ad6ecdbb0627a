#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the process keeps in memory of its own program file.
package enum ProcessMemory {
  /// After so long what only starting needs is over.
  package static let startIsOver = Duration.seconds(5)

  /// Gives back the program's code that is in memory; what still runs comes back from the file cache at once.
  ///
  /// A tenth of it is needed once, to start, and would count as this process's memory for as long as the node has some to
  /// spare. Only code is given back: nobody writes to it, so the file has all of it.
  package static func forgetStart() {
    #if os(Linux)
      guard let maps = fopen("/proc/self/maps", "r") else { return }
      defer { fclose(maps) }
      var line = [CChar](repeating: 0, count: 4096)
      while fgets(&line, Int32(line.count), maps) != nil {
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard let range = codeRange(text) else { continue }
        // Advice: where the kernel doesn't take it, nothing is lost.
        madvise(UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count, MADV_DONTNEED)
      }
    #endif
  }

  /// The addresses of a line of `/proc/self/maps` that shows code from a file.
  package static func codeRange(_ line: String) -> Range<UInt>? {
    let fields = line.split(separator: " ", omittingEmptySubsequences: true)
    guard fields.count >= 6, fields[1] == "r-xp", fields[5].hasPrefix("/") else { return nil }
    let ends = fields[0].split(separator: "-")
    guard ends.count == 2, let lower = UInt(ends[0], radix: 16), let upper = UInt(ends[1], radix: 16), lower < upper
    else { return nil }
    return lower..<upper
  }
}
