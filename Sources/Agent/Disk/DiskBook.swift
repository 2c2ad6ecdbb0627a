package import KubernetesClient

/// What the image file system has left, and what pulls under way are still going to take of it.
///
/// A reading is some seconds old when it is used. So what a pull takes is reserved from its start until a reading that
/// began after its end.
package struct DiskBook: Sendable {
  package enum Answer: Sendable, Hashable {
    case fits
    /// There is room, but other pulls may need it.
    case later
    /// The numbers are too old to say no; they are being read.
    case unread
    case refused
  }

  private struct Reservation: Sendable {
    var need: UInt64
    /// Bytes that are known to have arrived.
    var arrived: UInt64 = 0
    /// So many of them when the file system was read last.
    var counted: UInt64 = 0
    /// The first list that reads the file system after the pull's end.
    var endedBefore: Int?

    var outstanding: UInt64 { need > counted ? need - counted : 0 }
  }

  /// No image is refused by numbers that are older.
  static let freshness = Duration.seconds(10)
  /// How often the file system is read while something waits for space.
  package static let interval = Duration.seconds(30)

  package let limits: DiskLimits
  /// Nil where it isn't known; then nothing is held back.
  package private(set) var space: DiskSpace?
  private var readAt: Timestamp?
  private var askedAt: Timestamp?
  /// The next list is to read the file system too.
  package private(set) var wantsReading = false
  private var reservations: [Int: Reservation] = [:]

  package init(limits: DiskLimits) {
    self.limits = limits
  }

  // MARK: Readings

  /// What was read; nil where it couldn't be.
  package mutating func read(_ space: DiskSpace?, sequence: Int, now: Timestamp) {
    self.space = space
    readAt = now
    wantsReading = false
    reservations = reservations.filter { $0.value.endedBefore.map { $0 > sequence } ?? true }
    reservations = reservations.mapValues { reservation in
      var reservation = reservation
      reservation.counted = reservation.arrived
      return reservation
    }
  }

  /// - Returns: when to ask for the next reading, while something waits for space; nil if that is now.
  package mutating func nextReading(now: Timestamp) -> Timestamp? {
    let last = [readAt, askedAt].compactMap { $0 }.filter { $0 <= now }.max()
    if let last, now < last + Self.interval { return last + Self.interval }
    askedAt = now
    wantsReading = true
    return nil
  }

  private func isFresh(now: Timestamp) -> Bool {
    guard let readAt, readAt <= now, now < readAt + Self.freshness else { return false }
    return !reservations.values.contains { $0.endedBefore != nil }
  }

  // MARK: Pulls

  /// Whether a pull may start that takes `need`, or an unknown amount where that is nil.
  package mutating func answer(need: UInt64?, now: Timestamp) -> Answer {
    guard let space else { return .fits }
    let room = space.room(upTo: limits.maxUsedPercent)
    let others = outstanding()
    if sum(need ?? 1, others) <= room { return .fits }
    if isFresh(now: now) { return need ?? 1 <= room ? .later : .refused }
    // What ended meanwhile may have left more than was reserved for it.
    guard need ?? 1 > room || reservations.values.contains(where: { $0.endedBefore != nil }) else { return .later }
    wantsReading = true
    return .unread
  }

  /// Whether a pull that runs, and of which is known now what it takes, may go on.
  package mutating func answer(running id: Int, startedAt: Timestamp) -> Answer {
    guard let space, let own = reservations[id] else { return .fits }
    let room = space.room(upTo: limits.maxUsedPercent)
    if outstanding() <= room { return .fits }
    guard let readAt, readAt >= startedAt else {
      wantsReading = true
      return .unread
    }
    return own.outstanding <= room ? .later : .refused
  }

  /// How much room there is beyond what is reserved; nil where that isn't known.
  package var room: UInt64? {
    guard let space else { return nil }
    let room = space.room(upTo: limits.maxUsedPercent)
    let others = outstanding()
    return room > others ? room - others : 0
  }

  package mutating func reserve(_ id: Int, need: UInt64?) { reservations[id] = Reservation(need: need ?? 0) }

  /// - Parameter need: what the pull takes in all, where that is known now.
  /// - Returns: whether it takes more than was known.
  package mutating func progressed(_ id: Int, arrived: UInt64, need: UInt64?) -> Bool {
    guard var reservation = reservations[id], reservation.endedBefore == nil else { return false }
    reservation.arrived = max(reservation.arrived, arrived)
    let before = reservation.need
    if let need { reservation.need = need }
    reservations[id] = reservation
    return reservation.need > before
  }

  /// What is known of a pull's need; nil where nothing is.
  package func need(_ id: Int) -> UInt64? {
    guard let need = reservations[id]?.need, need > 0 else { return nil }
    return need
  }

  /// - Parameter listSequence: the next list's.
  package mutating func ended(_ id: Int, listSequence: Int) {
    if space == nil { reservations[id] = nil } else { reservations[id]?.endedBefore = listSequence }
  }

  private func outstanding() -> UInt64 {
    reservations.values.reduce(0) { sum($0, $1.outstanding) }
  }

  private func sum(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }
}
