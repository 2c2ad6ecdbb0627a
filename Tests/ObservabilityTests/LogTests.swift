import Foundation
import Logging
import Observability
import Synchronization
import Testing

@Suite struct LogTests {
  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
    var sink: LogSink { LogSink { line in self.all.withLock { $0.append(line) } } }
    var last: String { all.withLock { $0.last ?? "" } }
  }

  private func logger(_ lines: Lines, _ format: LogFormat, provider: Logger.MetadataProvider? = nil) -> Logger {
    Logger(label: "agent") { label in
      StructuredLogHandler(
        label: label, level: .debug, format: format, sink: lines.sink, metadataProvider: provider,
        now: { LogTime(seconds: 1_767_323_045, nanoseconds: 6_999_999) })
    }
  }

  @Test func jsonLinesAreSortedAndEscaped() {
    let lines = Lines()
    let logger = logger(lines, .json, provider: Logger.MetadataProvider { ["k8s.node": "provider", "z": "p"] })
    var own = logger
    own[metadataKey: "k8s.node"] = "node1"
    own[metadataKey: "a"] = "own"
    own.warning(
      "Pull \"failed\"\n",
      metadata: [
        "a": "event", "level": "mine", "list": ["x", .stringConvertible(3)], "map": ["b": "1", "a": "\u{1B}["],
      ])
    #expect(
      lines.last == #"{"time":"2026-01-02T03:04:05.006Z","level":"warning","logger":"agent","#
        + #""message":"Pull \"failed\"\n","a":"event","k8s.node":"node1","metadata.level":"mine","#
        + #""list":["x","3"],"map":{"a":"\u001b[","b":"1"},"z":"p"}"# + "\n")
  }

  @Test func logfmtIsForPeople() {
    let lines = Lines()
    logger(lines, .logfmt).info(
      "Pull done", metadata: ["image": "nginx:1", "bad key": "a b", "empty": "", "map": ["b": "1"], "list": ["x"]])
    #expect(
      lines.last == #"time=2026-01-02T03:04:05.006Z level=info logger=agent message="Pull done" bad_key="a b" "#
        + #"empty="" image=nginx:1 list="[\"x\"]" map.b=1"# + "\n")
  }

  @Test(arguments: LogFormat.allCases)
  func aLineIsALineWhateverIsInIt(format: LogFormat) {
    let lines = Lines()
    let hostile = "a\nb\r\u{2028}\u{1B}[2J\0 \u{85}" + String(repeating: "x", count: 100_000)
    logger(lines, format).info("m", metadata: [hostile: .string(hostile), "n": .dictionary([hostile: "v"])])
    #expect(lines.last.hasSuffix("\n"))
    #expect(lines.last.dropLast().unicodeScalars.allSatisfy { $0.value >= 32 && !(0x7F...0x9F).contains($0.value) })
    #expect(!lines.last.contains("\u{2028}"))
    #expect(lines.last.utf8.count < 60_000)
  }

  @Test func jsonIsJSON() throws {
    let lines = Lines()
    let text = (0..<0x300).compactMap(Unicode.Scalar.init).map(String.init).joined()
    logger(lines, .json).info("m", metadata: ["text": .string(text)])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(lines.last.utf8)) as? [String: Any])
    #expect(object["text"] as? String == text)
  }

  @Test func theErrorOfAnEventIsWritten() {
    struct Broken: Error, CustomStringConvertible { let description = "no such socket" }
    let lines = Lines()
    logger(lines, .logfmt).error("Can't connect", error: Broken())
    #expect(lines.last.hasSuffix(#"message="Can't connect" error="no such socket""# + "\n"))
  }

  @Test func whatIsBelowTheLevelIsNotWritten() {
    let lines = Lines()
    let logger = logger(lines, .json)
    logger.trace("no")
    #expect(lines.last == "")
    logger.debug("yes")
    #expect(lines.last.contains("\"level\":\"debug\""))
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.000Z"), (951_782_399, "2000-02-28T23:59:59.000Z"),
      (951_782_400, "2000-02-29T00:00:00.000Z"), (4_107_542_400, "2100-03-01T00:00:00.000Z"),
      (1_798_761_599, "2026-12-31T23:59:59.000Z"), (-11_644_473_600, "1601-01-01T00:00:00.000Z"),
    ] as [(Int64, String)])
  func timesAreRFC3339(seconds: Int64, text: String) {
    #expect(LogTime(seconds: seconds, nanoseconds: 0).text == text)
  }

  @Test func timesAgreeWithFoundation() throws {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    for day in stride(from: -140_000, to: 200_000, by: 373) {
      let seconds = Int64(day) * 86_400 + 3_723
      let date = Date(timeIntervalSince1970: Double(seconds))
      #expect(LogTime(seconds: seconds, nanoseconds: 0).text == date.formatted(style))
    }
  }

  @Test(arguments: [("info", Logger.Level.info), ("WARN", .warning), ("Warning", .warning), ("trace", .trace)])
  func levelsHaveNames(name: String, level: Logger.Level) {
    #expect(LogOptions.level(named: name) == level)
    #expect(LogOptions.level(named: name + "x") == nil)
  }
}
