import KubernetesClient
import TestSupport
import Testing

@Suite struct LineSplitterTests {
  /// Feeds `pieces` and returns all lines.
  private func lines(_ pieces: [[UInt8]], maxBytes: Int = 100) throws -> [String] {
    var splitter = LineSplitter(maxBytes: maxBytes)
    var lines: [String] = []
    for piece in pieces {
      splitter.append(piece)
      while let line = try splitter.next() { lines.append(String(decoding: line, as: UTF8.self)) }
    }
    return lines
  }

  private static let text = Array("{\"a\":1}\n\n{\"b\":\"é\"}\n{}\n".utf8)
  private static let expected = ["{\"a\":1}", "{\"b\":\"é\"}", "{}"]

  @Test(arguments: 0...text.count)
  func everySplitGivesTheSameLines(at position: Int) throws {
    let pieces = [Array(Self.text[..<position]), Array(Self.text[position...])]
    #expect(try lines(pieces) == Self.expected)
  }

  @Test func singleBytesGiveTheSameLines() throws {
    #expect(try lines(Self.text.map { [$0] }) == Self.expected)
  }

  @Test(arguments: seeds("LineSplitterTests.randomPieces"))
  func randomPieces(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let words = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
      String(repeating: "x", count: Int.random(in: 1...90, using: &generator))
    }
    var rest = Array(words.map { "\($0)\n" }.joined().utf8)[...]
    var pieces: [[UInt8]] = []
    while !rest.isEmpty {
      let count = Int.random(in: 0...min(rest.count, 200), using: &generator)
      pieces.append(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    #expect(try lines(pieces) == words)
  }

  @Test func aLineOfExactlyTheLimitIsFine() throws {
    #expect(try lines([Array("12345\n".utf8)], maxBytes: 5) == ["12345"])
  }

  @Test(arguments: ["123456\n", "123456"])
  func aLongerLineIsRefusedEvenBeforeItsEnd(text: String) {
    #expect(throws: LineSplitter.LineTooLong.self) { try lines([Array(text.utf8)], maxBytes: 5) }
  }

  @Test func knowsWhetherAPartIsLeft() throws {
    var splitter = LineSplitter(maxBytes: 10)
    #expect(splitter.isEmpty)
    splitter.append(Array("a\nb".utf8))
    #expect(try splitter.next() == Array("a".utf8))
    #expect(try splitter.next() == nil)
    #expect(!splitter.isEmpty)
    splitter.append(Array("\n".utf8))
    #expect(try splitter.next() == Array("b".utf8))
    #expect(splitter.isEmpty)
  }
}
