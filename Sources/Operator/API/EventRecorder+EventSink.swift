package import KubernetesClient
package import KubernetesRuntime

extension EventRecorder: EventSink {
  package func record(_ event: StatusEvent, regarding object: ObjectReference, action: String) {
    record(
      event.isWarning ? .warning : .normal, regarding: object, reason: event.reason, action: action, note: event.note)
  }
}
