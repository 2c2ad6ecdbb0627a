package import Planning
package import SwiftletAPI

extension ExecutorChoice {
  package init(_ executor: Executor) {
    switch executor {
    case .auto: self = .auto
    case .agent: self = .agent
    case .jobs: self = .jobs
    }
  }
}

extension Executor {
  package init(_ choice: ExecutorChoice) {
    switch choice {
    case .auto: self = .auto
    case .agent: self = .agent
    case .jobs: self = .jobs
    }
  }
}
