#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What Linux knows of this process, under the names that Prometheus' own client libraries use.
///
/// See proc(5). What can't be read (another system, no /proc) is left out.
package struct ProcessMetrics: Sendable {
  private let root: String
  private let ticksPerSecond: Double
  private let pageSize: Double

  package init(root: String = "/proc") {
    self.init(
      root: root, ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))),
      pageSize: Double(sysconf(Int32(_SC_PAGESIZE))))
  }

  /// - Parameter root: a folder that is laid out as /proc.
  package init(root: String, ticksPerSecond: Double, pageSize: Double) {
    self.root = root
    self.ticksPerSecond = ticksPerSecond
    self.pageSize = pageSize
  }

  /// The values of this moment in Prometheus' text format.
  package var text: String {
    var text = ""
    func add(_ name: String, _ type: String, _ help: String, _ value: Double?) {
      guard let value else { return }
      text += PrometheusText.header(name, type: type, help: help)
      text += PrometheusText.sample(name, "", PrometheusText.number(value))
    }
    let stat = statFields
    func field(_ index: Int) -> Double? { index < stat.count ? Double(stat[index]) : nil }
    let cpu = zip2(field(11), field(12)).map { ($0 + $1) / ticksPerSecond }
    let start = zip2(bootTime, field(19)).map { $0 + $1 / ticksPerSecond }
    add("process_cpu_seconds_total", "counter", "Processor time spent by the process in seconds.", cpu)
    add("process_open_fds", "gauge", "Open file descriptors of the process.", openFiles)
    add(
      "process_resident_memory_bytes", "gauge", "Memory of the process that is in RAM in bytes.",
      field(21).map { $0 * pageSize })
    add("process_start_time_seconds", "gauge", "When the process started in seconds since 1970.", start)
    add("process_virtual_memory_bytes", "gauge", "Address space of the process in bytes.", field(20))
    return text
  }

  private func zip2(_ first: Double?, _ second: Double?) -> (Double, Double)? {
    guard let first, let second else { return nil }
    return (first, second)
  }

  /// The fields of `self/stat` from the third on: the second, the name in parentheses, may hold anything.
  private var statFields: [Substring] {
    guard let stat = read("self/stat"), let end = stat.lastIndex(of: ")") else { return [] }
    return stat[stat.index(after: end)...].split(whereSeparator: \.isWhitespace)
  }

  private var bootTime: Double? {
    let line = read("stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
    return line.flatMap { Double($0.dropFirst("btime ".count)) }
  }

  private var openFiles: Double? {
    do {
      // One of them is the folder itself, open while it is read.
      return Double(try FileManager.default.contentsOfDirectory(atPath: "\(root)/self/fd").count - 1)
    } catch {
      return nil
    }
  }

  private func read(_ path: String) -> String? {
    do {
      return String(decoding: try Data(contentsOf: URL(filePath: "\(root)/\(path)")), as: UTF8.self)
    } catch {
      return nil
    }
  }
}
