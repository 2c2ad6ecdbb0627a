import Foundation
import Observability
import Testing

@Suite struct ProcessMetricsTests {
  @Test func readsWhatLinuxWrites() throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "proc-\(UUID().uuidString)")
    let files = root.appending(path: "self/fd")
    try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: root) }
    // The name of a process may hold spaces and parentheses.
    let stat = """
      42 (odd) name () S 1 42 42 0 -1 4194560 9 0 0 0 150 50 0 0 20 0 4 0 12345 104857600 2560 \
      18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0
      """
    try Data(stat.utf8).write(to: root.appending(path: "self/stat"))
    try Data("cpu  1 2\nbtime 1700000000\nprocesses 7\n".utf8).write(to: root.appending(path: "stat"))
    for name in ["0", "1", "2", "3"] { try Data().write(to: files.appending(path: name)) }
    let text = ProcessMetrics(root: root.path, ticksPerSecond: 100, pageSize: 4096).text
    let samples = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(
      samples == [
        "process_cpu_seconds_total 2", "process_open_fds 3", "process_resident_memory_bytes 10485760",
        "process_start_time_seconds 1700000123.45", "process_virtual_memory_bytes 104857600",
      ])
    #expect(text.split(separator: "\n").filter { $0.hasPrefix("# TYPE") }.count == 5)
  }

  @Test func leavesOutWhatIsNotThere() {
    #expect(ProcessMetrics(root: "/nonexistent").text == "")
  }

  #if os(Linux)
    @Test func knowsThisProcess() throws {
      let values = Dictionary(
        uniqueKeysWithValues: ProcessMetrics().text.split(separator: "\n").filter { !$0.hasPrefix("#") }
          .map { $0.split(separator: " ") }.map { (String($0[0]), Double($0[1]) ?? -1) })
      #expect(try #require(values["process_resident_memory_bytes"]) > 1_000_000)
      #expect(try #require(values["process_open_fds"]) > 2)
      let start = try #require(values["process_start_time_seconds"])
      #expect(abs(Date().timeIntervalSince1970 - start) < 24 * 3600)
    }
  #endif
}
