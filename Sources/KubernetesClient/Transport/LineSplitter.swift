/// Cuts a stream of bytes into lines, wherever the pieces of the stream end.
package struct LineSplitter: Sendable {
  /// A line is longer than allowed.
  package struct LineTooLong: Error, Hashable {
    package var limit: Int
  }

  private let maxBytes: Int
  private var buffer: [UInt8] = []
  /// Where the current line starts.
  private var start = 0
  /// Up to where no line feed has been found.
  private var scanned = 0

  package init(maxBytes: Int) {
    self.maxBytes = maxBytes
  }

  /// Whether no part of a line is left.
  package var isEmpty: Bool { start == buffer.count }

  package mutating func append(_ bytes: some Sequence<UInt8>) {
    if start > 0 {
      buffer.removeSubrange(..<start)
      scanned -= start
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next whole line that isn't empty, without its line feed; nil where more bytes are needed.
  package mutating func next() throws(LineTooLong) -> [UInt8]? {
    while let end = buffer[scanned...].firstIndex(of: UInt8(ascii: "\n")) {
      let line = buffer[start..<end]
      start = end + 1
      scanned = start
      guard line.count <= maxBytes else { throw LineTooLong(limit: maxBytes) }
      if !line.isEmpty { return Array(line) }
    }
    scanned = buffer.count
    guard buffer.count - start <= maxBytes else { throw LineTooLong(limit: maxBytes) }
    return nil
  }
}
