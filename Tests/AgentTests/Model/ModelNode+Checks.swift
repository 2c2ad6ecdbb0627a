import Agent
import ContainerRuntime
import KubernetesClient
import OCI
import SwiftletAPI

/// The rules that hold whatever happens.
extension ModelNode {
  mutating func checkStart(_ order: PullOrder) {
    guard let spec = delivered?.spec, let grant = spec.grants?.first(where: { $0.id == order.grantID }) else {
      return fail("pull of \(order.name) without a grant in the plan")
    }
    if spec.paused == true { fail("pull while paused") }
    if spec.diskPressure == true || agent.pressure.isActive { fail("pull under disk pressure") }
    guard let planned = spec.images?[order.name] else { return fail("pull of \(order.name), which isn't planned") }
    if planned.effectiveBudget != grant.budget { fail("pull of \(order.name) under another budget's grant") }
    if planned.isOnHold { fail("pull of \(order.name), which is on hold") }
    if now >= grant.until { fail("pull after until") }
    if everReleased.contains(grant.id) { fail("pull under \(grant.id), which was given back") }
    if agent.isShuttingDown { fail("pull while shutting down") }
    checkShares(grant)
    if let pacing = grant.pacing {
      let period = pacing.everyMilliseconds * 1000
      let late = (now.microseconds - pacing.offsetMilliseconds * 1000) % period
      if late > 100_000 { fail("pull \(late) µs after its paced moment") }
      if let last = pacedStarts[grant.budget], now - last < .microseconds(period - 100_000) {
        fail("two pulls within one pace")
      }
      pacedStarts[grant.budget] = now
    }
  }

  /// Swiftlet's pins take less than half of the disk, those being set included.
  mutating func checkPin(_ id: String) {
    if delivered?.spec.paused == true { fail("pin while paused") }
    if agent.pressure.unpinned.contains(id) { fail("pin of \(id), which was given up") }
    guard let capacity = runtime.capacity else { return }
    let pinned = runtime.images.filter { ledger.pins.contains($0.key) && $0.value.pinned }.keys
    let ids = Set(pinned).union(pinning.keys).union([id])
    let bytes = ids.reduce(0) { $0 + (runtime.images[$1] == nil ? 0 : runtime.size($1)) }
    if bytes >= capacity / 2 { fail("\(bytes) pinned bytes of \(capacity)") }
  }

  private mutating func checkShares(_ grant: Grant) {
    let under = agent.running.values.filter { $0.grantID == grant.id }
    if under.count > grant.pulls { fail("\(under.count) pulls under a grant for \(grant.pulls)") }
    guard let shares = grant.registries else { return }
    for (registry, pulls) in Dictionary(grouping: under, by: \.registry) where pulls.count > shares[registry] ?? 0 {
      fail("\(pulls.count) pulls from \(registry) with a share of \(shares[registry] ?? 0)")
    }
  }

  /// Whatever runs is paid for, or was told to stop.
  mutating func checkRunning() {
    for pull in agent.running.values where pull.cancellation == nil {
      guard let grant = delivered?.spec.grants?.first(where: { $0.id == pull.grantID }) else {
        fail("\(pull.name) runs without a grant")
        continue
      }
      if now >= grant.until { fail("\(pull.name) runs after until") }
      if everReleased.contains(grant.id) { fail("\(pull.name) runs under a grant that was given back") }
      if delivered?.spec.paused == true { fail("\(pull.name) runs while paused") }
      checkShares(grant)
    }
  }

  mutating func checkRemoval(_ id: String) {
    guard let image = runtime.images[id] else { return }
    if runtime.containers.values.contains(id) { fail("removal of \(id), which a container uses") }
    if delivered?.spec.paused == true { fail("removal while paused") }
    let planned = delivered?.spec.images ?? [:]
    var repositories: Set<String> = []
    for tag in image.tags {
      repositories.insert(String(tag.prefix { $0 != ":" }))
      checkGoes(tag, planned)
    }
    for digest in image.digests {
      if planned[digest] != nil { fail("removal of \(digest), which is planned") }
      let isPart = repositories.contains(String(digest.prefix { $0 != "@" }))
      if !isPart && !image.tags.contains(digest) { checkGoes(digest, planned) }
    }
  }

  mutating func checkUntag(_ name: String) {
    if let id = runtime.id(of: name), runtime.containers.values.contains(id) { fail("untag of \(name), which is used") }
    checkGoes(name, delivered?.spec.images ?? [:])
  }

  private mutating func checkGoes(_ name: String, _ planned: [String: PlannedImage]) {
    if planned[name] != nil { fail("removal of \(name), which is planned") }
    if !ours.contains(name) { fail("removal of \(name), which isn't ours") }
    guard let permit = delivered?.spec.removals?[name] else { return fail("removal of \(name) without a permit") }
    if now >= permit.until { fail("removal of \(name) after its permit") }
  }

  mutating func checkStatus(_ status: NodeInventoryStatus) {
    let planned = delivered?.spec.images ?? [:]
    for (name, image) in status.images ?? [:] {
      if planned[name] == nil && agent.ledger[name] == nil { fail("status has \(name), which nobody knows") }
      if (image.message?.unicodeScalars.count ?? 0) > 256 { fail("long message for \(name)") }
      if image.state == .present, image.id == nil, agent.observed != nil { fail("\(name) present without an ID") }
      if image.state == .pulling, !agent.running.keys.contains(name), agent.records[name]?.verification == nil {
        fail("\(name) isn't being pulled")
      }
    }
    let ids = Set((delivered?.spec.grants ?? []).map(\.id))
    for id in status.released ?? [] {
      if !ids.contains(id) { fail("released \(id), which the plan doesn't have") }
      if agent.running.values.contains(where: { $0.grantID == id }) { fail("released \(id) while a pull runs") }
      if agent.records.values.contains(where: { $0.verification?.pull.grantID == id }) {
        fail("released \(id) before the last image's state is final")
      }
    }
  }
}
