import Agent
import KubernetesClient
import TestSupport
import Testing

/// A book by reference, whose answers can be expected.
private final class Book {
  private var book: DiskBook

  init(limits: DiskLimits) { book = DiskBook(limits: limits) }

  var wantsReading: Bool { book.wantsReading }
  func read(_ space: DiskSpace?, sequence: Int, now: Timestamp) { book.read(space, sequence: sequence, now: now) }
  func answer(need: UInt64?, now: Timestamp) -> DiskBook.Answer { book.answer(need: need, now: now) }
  func answer(running id: Int, startedAt: Timestamp) -> DiskBook.Answer {
    book.answer(running: id, startedAt: startedAt)
  }
  func reserve(_ id: Int, need: UInt64?) { book.reserve(id, need: need) }
  func ended(_ id: Int, listSequence: Int) { book.ended(id, listSequence: listSequence) }
  func progressed(_ id: Int, arrived: UInt64, need: UInt64?) -> Bool {
    book.progressed(id, arrived: arrived, need: need)
  }
}

@Suite("Disk numbers")
struct DiskBookTests {
  @Test(
    "sizes read well",
    arguments: [
      (0, "0 B"), (512, "512 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (10 << 20, "10 MiB"), ((37 << 20) + 5, "37 MiB"),
      (3_435_973_836, "3.1 GiB"), (.max, "16383 PiB"),
    ] as [(UInt64, String)])
  func text(bytes: UInt64, text: String) {
    #expect(ByteText.of(bytes) == text)
  }

  @Test("room and excess by percent", arguments: [(0, 0), (84, 0), (85, 0), (86, 1), (100, 15)] as [(UInt64, UInt64)])
  func space(used: UInt64, excess: UInt64) {
    let space = DiskSpace(capacity: 100 << 30, available: (100 - used) << 30)
    #expect(space.usedPercent == used)
    #expect(space.excess(over: 85) == excess << 30)
    #expect(space.room(upTo: 85) == (used < 85 ? (85 - used) << 30 : 0))
    #expect(DiskSpace(capacity: .max, available: .max).room(upTo: 100) == .max)
  }

  @Test("a compressed size counts three and a half times, an unpacked one once")
  func footprint() {
    #expect(Footprint(isCompressed: true).bytes(ofSize: 100) == 350)
    #expect(Footprint(isCompressed: true).bytes(ofSize: .max) == .max)
    #expect(Footprint(isCompressed: false).bytes(ofSize: 100) == 100)
  }

  private let start = Timestamp(microseconds: 1_700_000_000_000_000)

  @Test("nothing is refused by old numbers, nor while the disk isn't known")
  func freshness() {
    let book = Book(limits: .standard)
    #expect(book.answer(need: .max, now: start) == .fits)
    book.read(DiskSpace(capacity: 1000, available: 1000), sequence: 1, now: start)
    #expect(book.answer(need: 850, now: start) == .fits)
    #expect(book.answer(need: 851, now: start) == .refused)
    #expect(!book.wantsReading)
    #expect(book.answer(need: 851, now: start + .seconds(11)) == .unread)
    #expect(book.wantsReading)
    book.read(DiskSpace(capacity: 1000, available: 900), sequence: 2, now: start + .seconds(11))
    #expect(book.answer(need: 851, now: start + .seconds(11)) == .refused)
    #expect(!book.wantsReading)
    book.read(nil, sequence: 3, now: start + .seconds(12))
    #expect(book.answer(need: .max, now: start + .seconds(12)) == .fits)
  }

  @Test("what runs is counted, less what it had written when the disk was read")
  func reservations() {
    let book = Book(limits: .standard)
    book.read(DiskSpace(capacity: 1000, available: 1000), sequence: 1, now: start)
    book.reserve(1, need: 500)
    #expect(book.answer(need: 350, now: start) == .fits)
    #expect(book.answer(need: 351, now: start) == .later)
    #expect(!book.progressed(1, arrived: 200, need: 500))
    #expect(book.answer(need: 351, now: start) == .later, "the numbers are from before")
    book.read(DiskSpace(capacity: 1000, available: 800), sequence: 2, now: start)
    #expect(book.answer(need: 350, now: start) == .fits)
    book.ended(1, listSequence: 4)
    #expect(book.answer(need: 400, now: start) == .unread, "an end that no reading shows yet")
    book.read(DiskSpace(capacity: 1000, available: 700), sequence: 3, now: start)
    #expect(book.answer(need: 500, now: start) == .unread, "a list that began before the end")
    book.read(DiskSpace(capacity: 1000, available: 600), sequence: 4, now: start)
    #expect(book.answer(need: 450, now: start) == .fits)
    #expect(book.answer(need: 451, now: start) == .refused)
  }

  @Test("a pull that turns out too large may not go on")
  func running() {
    let book = Book(limits: .standard)
    book.read(DiskSpace(capacity: 1000, available: 1000), sequence: 1, now: start)
    book.reserve(1, need: nil)
    book.reserve(2, need: 300)
    #expect(book.answer(running: 1, startedAt: start) == .fits)
    #expect(book.progressed(1, arrived: 10, need: 600))
    #expect(!book.progressed(1, arrived: 20, need: 600))
    #expect(book.answer(running: 1, startedAt: start + .seconds(1)) == .unread)
    #expect(book.answer(running: 1, startedAt: start) == .later)
    #expect(book.progressed(1, arrived: 20, need: 900))
    #expect(book.answer(running: 1, startedAt: start) == .refused)
  }

  /// Random pulls of known size: what is on the disk never passes the limit, whatever is refused or put off.
  @Test("pulls never fill the disk further than allowed", arguments: seeds("disk", count: 40))
  func property(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let capacity = UInt64.random(in: 1...1_000_000, using: &generator)
    let limit = Int.random(in: 1...100, using: &generator)
    let book = Book(limits: DiskLimits(maxUsedPercent: limit))
    var used = UInt64.random(in: 0...capacity, using: &generator)
    let begin = used
    var running: [Int: (need: UInt64, written: UInt64)] = [:]
    var now = start
    var sequence = 1
    for id in 0..<200 {
      now = now + .milliseconds(Int.random(in: 1...9000, using: &generator))
      if Bool.random(using: &generator) {
        book.read(DiskSpace(capacity: capacity, available: capacity - used), sequence: sequence, now: now)
        sequence += 1
      }
      let need = UInt64.random(in: 0...capacity / 3, using: &generator)
      if book.answer(need: need, now: now) == .fits, sequence > 1 {
        book.reserve(id, need: need)
        running[id] = (need, 0)
      }
      for (id, pull) in running.sorted(by: { $0.key < $1.key }) {
        let step = min(UInt64.random(in: 0...max(1, capacity / 10), using: &generator), pull.need - pull.written)
        used += step
        running[id]?.written += step
        _ = book.progressed(id, arrived: pull.written + step, need: pull.need)
        if pull.written + step == pull.need || Int.random(in: 0..<10, using: &generator) == 0 {
          running[id] = nil
          book.ended(id, listSequence: sequence)
        }
      }
      #expect(used <= max(begin, capacity.multipliedReportingOverflow(by: UInt64(limit)).partialValue / 100))
    }
  }
}
