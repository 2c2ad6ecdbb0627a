import CoreMetrics
import Metrics

// Every metric of this module. Names are those of controller-runtime and client-go where they have one; label values
// come from names in code only, so their number is bounded. Making one of these values registers its metrics at zero.

/// What a work queue counts.
struct WorkQueueMetrics: Sendable {
  let depth: Gauge
  let adds: Counter
  let retries: Counter
  /// How long keys wait until they are taken.
  let latency: Timer
  /// How long keys are worked on.
  let work: Timer

  init(name: String) {
    let labels = [("name", name)]
    depth = Gauge(label: "workqueue_depth", dimensions: labels)
    adds = Counter(label: "workqueue_adds_total", dimensions: labels)
    retries = Counter(label: "workqueue_retries_total", dimensions: labels)
    latency = Timer(label: "workqueue_queue_duration_seconds", dimensions: labels)
    work = Timer(label: "workqueue_work_duration_seconds", dimensions: labels)
    depth.record(0)
    adds.increment(by: 0)
    retries.increment(by: 0)
  }
}

/// What a controller counts.
struct ControllerMetrics: Sendable {
  let success: Counter
  let requeueAfter: Counter
  let error: Counter
  let errors: Counter
  let duration: Timer
  let active: Meter
  let workers: Gauge

  init(controller: String, workerCount: Int) {
    func total(_ result: String) -> Counter {
      let labels = [("controller", controller), ("result", result)]
      let counter = Counter(label: "controller_runtime_reconcile_total", dimensions: labels)
      counter.increment(by: 0)
      return counter
    }
    success = total("success")
    requeueAfter = total("requeue_after")
    error = total("error")
    let labels = [("controller", controller)]
    errors = Counter(label: "controller_runtime_reconcile_errors_total", dimensions: labels)
    duration = Timer(label: "controller_runtime_reconcile_time_seconds", dimensions: labels)
    active = Meter(label: "controller_runtime_active_workers", dimensions: labels)
    workers = Gauge(label: "controller_runtime_max_concurrent_reconciles", dimensions: labels)
    errors.increment(by: 0)
    active.set(0)
    workers.record(workerCount)
  }
}

/// What an informer counts.
struct InformerMetrics: Sendable {
  /// 1 while the store can be taken for what the server has.
  let available: Gauge
  let objects: Gauge
  let lists: Counter
  let watches: Counter
  let failures: Counter

  init(resource: String) {
    let labels = [("resource", resource)]
    available = Gauge(label: "informer_available", dimensions: labels)
    objects = Gauge(label: "informer_objects", dimensions: labels)
    lists = Counter(label: "informer_lists_total", dimensions: labels)
    watches = Counter(label: "informer_watches_total", dimensions: labels)
    failures = Counter(label: "informer_failures_total", dimensions: labels)
    available.record(0)
    objects.record(0)
    for counter in [lists, watches, failures] { counter.increment(by: 0) }
  }
}

/// What a leader elector counts.
struct LeaderElectionMetrics: Sendable {
  /// 1 while this process leads.
  let isLeader: Gauge

  init(name: String) {
    isLeader = Gauge(label: "leader_election_master_status", dimensions: [("name", name)])
    isLeader.record(0)
  }
}

/// What an event recorder counts.
struct EventMetrics: Sendable {
  let written: Counter
  let failed: Counter
  let dropped: Counter

  init() {
    func total(_ result: String) -> Counter {
      let counter = Counter(label: "event_recorder_events_total", dimensions: [("result", result)])
      counter.increment(by: 0)
      return counter
    }
    written = total("written")
    failed = total("failed")
    dropped = total("dropped")
  }
}
