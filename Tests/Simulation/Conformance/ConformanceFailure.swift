/// A runtime that doesn't behave as `ImageRuntime` says.
package struct ConformanceFailure: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) {
    self.description = description
  }
}

func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws {
  guard condition else { throw ConformanceFailure(what()) }
}

func unwrap<Value>(_ value: Value?, _ what: @autoclosure () -> String) throws -> Value {
  guard let value else { throw ConformanceFailure(what()) }
  return value
}
