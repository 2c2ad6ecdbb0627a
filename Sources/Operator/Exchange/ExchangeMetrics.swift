import Metrics

/// `swiftlet_exchange_requests_total{result}`: what became of agents' requests for credentials.
enum ExchangeMetrics {
  enum Result: String, CaseIterable, Sendable {
    case answered, malformed, unauthenticated, unknownPod, tooMany, unavailable

    init(_ refusal: ExchangeRefusal) {
      switch refusal {
      case .malformed: self = .malformed
      case .unauthenticated: self = .unauthenticated
      case .unknownPod: self = .unknownPod
      case .tooMany: self = .tooMany
      case .unavailable: self = .unavailable
      }
    }
  }

  private static func requests(_ result: Result) -> Counter {
    Counter(label: "swiftlet_exchange_requests_total", dimensions: [("result", result.rawValue)])
  }

  static func count(_ result: Result) { requests(result).increment() }

  /// Makes every metric, at zero.
  static func register() {
    for result in Result.allCases { requests(result).increment(by: 0) }
  }
}
