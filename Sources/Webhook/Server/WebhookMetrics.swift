import KubernetesClient
import Metrics

/// What the webhook server counts.
enum WebhookMetrics {
  enum Result: String, CaseIterable, Sendable {
    case allowed, warned, refused, malformed, tooLarge, busy
  }

  private static func reviews(_ result: Result) -> Counter {
    Counter(label: "swiftlet_webhook_reviews_total", dimensions: [("result", result.rawValue)])
  }

  /// `swiftlet_webhook_reviews_total{result}`: what became of writes that the API server asked about.
  static func count(_ result: Result) { reviews(result).increment() }

  /// `swiftlet_webhook_certificate_expiration_timestamp_seconds`: until when the certificate in use holds; 0 for none.
  static func record(certificateUntil time: Timestamp?) {
    Gauge(label: "swiftlet_webhook_certificate_expiration_timestamp_seconds")
      .record((time?.microseconds ?? 0) / 1_000_000)
  }

  /// Makes every metric, at zero.
  static func register() {
    for result in Result.allCases { reviews(result).increment(by: 0) }
    record(certificateUntil: nil)
  }
}
