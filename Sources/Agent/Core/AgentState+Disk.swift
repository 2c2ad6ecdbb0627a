import ContainerRuntime
import Execution
import KubernetesClient
import KubernetesRuntime
import SwiftletAPI

extension AgentState {
  /// When an image for which there is no room is tried again, unless room is seen earlier.
  static let fullDiskBackoff = Backoff(initial: .seconds(600), max: .seconds(21_600), factor: 2, jitter: 0.2)

  var footprint: Footprint { Footprint(health.information) }

  // MARK: Readings

  /// Takes over what was read of the image file system, and ends waiting for what fits now.
  mutating func takeSpace(_ filesystem: ImageFilesystem?, _ sequence: Int, now: Timestamp) {
    disk.read(filesystem.flatMap { DiskSpace($0) }, sequence: sequence, now: now)
    guard let space = disk.space, var room = disk.room else { return }
    // A little more than needed, so that nothing hangs on the last byte.
    let margin = space.capacity / 100
    for name in refused() {
      guard var record = records[name], var refusal = record.refusal else { continue }
      let need = refusal.need ?? space.capacity / 20
      if refusal.isByRuntime {
        guard let baseline = refusal.baseline else {
          refusal.baseline = space.available
          record.refusal = refusal
          records[name] = record
          continue
        }
        guard space.available > baseline, space.available - baseline >= need / 4 else { continue }
      }
      guard need <= room, room - need >= margin else { continue }
      room -= need
      record.retryAt = nil
      record.failure = nil
      record.refusal = nil
      records[name] = record
      writer.touch(now: now)
    }
  }

  /// Images that wait for room, the most important first.
  private func refused() -> [String] {
    records.keys.filter { records[$0]?.refusal != nil }.sorted { left, right in
      let priorities = [left, right].map { plan?.images[$0]?.priority ?? 0 }
      return priorities[0] != priorities[1] ? priorities[0] > priorities[1] : left < right
    }
  }

  /// Begins or ends disk pressure, and has the file system read while something hangs on it.
  mutating func settleDisk(
    _ turn: inout AgentTurn, now: Timestamp, using generator: inout some RandomNumberGenerator
  ) {
    let isReported = plan?.isUnderDiskPressure ?? false
    if pressure.update(
      isReported: isReported, space: disk.space, limits: disk.limits, now: now, using: &generator)
    {
      writer.touch(now: now)
    }
    turn.wake(at: pressure.wakeAt.flatMap { $0 > now ? $0 : nil })
    guard health.isUp, !isShuttingDown else { return }
    guard pressure.isActive || records.values.contains(where: { $0.refusal != nil }) else { return }
    turn.wake(at: disk.nextReading(now: now))
  }

  // MARK: Pulls

  /// What an image is going to take on disk, as far as known before it is pulled.
  func expectedNeed(_ wanted: WantedImage, isRefresh: Bool) -> UInt64? {
    let record = records[wanted.name]
    // It didn't fit, and the wait is over: its manifest, which may be another one now, is to decide.
    if record?.refusal != nil, health.offers(.progress) { return nil }
    if let need = record?.need { return need }
    guard !isRefresh, let size = wanted.planned.sizeBytes, size > 0 else { return nil }
    return footprint.bytes(ofSize: UInt64(size))
  }

  mutating func pullProgressed(_ name: String, _ id: Int, _ progress: PullProgress, now: Timestamp) {
    guard running[name]?.id == id else { return }
    running[name]?.progress = progress
    writer.touchProgress(now: now)
    let need = progress.totalBytes.map { footprint.bytes(ofSize: $0) }
    if let need { records[name]?.need = need }
    if disk.progressed(id, arrived: progress.transferredBytes, need: need) { running[name]?.isNeedNew = true }
  }

  /// Stops a pull of which is known by now that it doesn't fit.
  mutating func checkNeed(_ name: String) {
    guard let pull = running[name], pull.isNeedNew else { return }
    switch disk.answer(running: pull.id, startedAt: pull.startedAt) {
    case .unread: return
    case .fits: break
    case .later: running[name]?.cancellation = .withdrawn
    case .refused: running[name]?.cancellation = .diskFull
    }
    running[name]?.isNeedNew = false
  }

  /// Notes that there is no room for an image.
  ///
  /// - Parameter error: what the runtime said, if it was the one to find out.
  mutating func noteDiskFull(
    _ name: String, need: UInt64?, error: RuntimeError? = nil, now: Timestamp,
    using generator: inout some RandomNumberGenerator
  ) {
    guard var record = records[name] else { return }
    // What ran full took more than was thought.
    let known = error == nil ? need : need.map { $0 + $0 / 2 }
    record.attempts += 1
    record.refusal = ImageRecord.Refusal(need: known, isByRuntime: error != nil)
    record.retryAt = (now + Self.fullDiskBackoff.delay(attempt: record.attempts, using: &generator)).wholeSeconds
    record.failure = FailureText(
      reason: PullFailureReason.diskFull.rawValue, message: error.map(ranFull) ?? tooLarge(need))
    records[name] = record
    writer.touch(now: now)
  }

  private func tooLarge(_ need: UInt64?) -> String {
    guard let space = disk.space else { return "the image file system is full" }
    let what = need.map { "needs about \(ByteText.of($0))" } ?? "needs space"
    let percent = disk.limits.maxUsedPercent
    return """
      \(what), and \(ByteText.of(space.room(upTo: percent))) may be used: \(ByteText.of(space.available)) of \
      \(ByteText.of(space.capacity)) are free, and at most \(percent) % are to be in use
      """
  }

  private func ranFull(_ error: RuntimeError) -> String {
    let size = disk.space.map { " (\(ByteText.of($0.capacity)))" } ?? ""
    return "the image file system\(size) ran full; the runtime says: \(error.message)"
  }
}
