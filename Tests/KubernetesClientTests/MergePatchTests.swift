import Foundation
import KubernetesClient
import TestSupport
import Testing

@Suite struct MergePatchTests {
  /// From, to, patch; an empty patch means none.
  @Test(arguments: [
    (#"{"a":1}"#, #"{"a":1}"#, ""),
    (#"{"a":1}"#, #"{"a":2}"#, #"{"a":2}"#),
    (#"{"a":1,"b":2}"#, #"{"b":2}"#, #"{"a":null}"#),
    (#"{"a":{"x":1,"y":2}}"#, #"{"a":{"x":1,"y":3}}"#, #"{"a":{"y":3}}"#),
    (#"{"a":{"x":1}}"#, #"{"a":{"x":1}}"#, ""),
    (#"{"a":[1,2]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
    (#"{"a":"text"}"#, #"{"a":{"x":1}}"#, #"{"a":{"x":1}}"#),
    (#"{"a":{"x":1}}"#, #"{"a":"text"}"#, #"{"a":"text"}"#),
    (#"{}"#, #"{"a":{"b":{}}}"#, #"{"a":{"b":{}}}"#),
    (#"{"a":null}"#, #"{}"#, ""),
    (#"{}"#, #"{"a":null}"#, ""),
    (#"{}"#, #"{"a":{"b":null,"c":1}}"#, #"{"a":{"c":1}}"#),
  ])
  func difference(from: String, to: String, expected: String) throws {
    let patch = mergePatch(from: try parse(from), to: try parse(to))
    if expected.isEmpty {
      #expect(patch == Optional.none)
    } else {
      #expect(patch == (try parse(expected)))
    }
  }

  /// The examples of RFC 7396, appendix A: target, patch, result.
  @Test(arguments: [
    (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
    (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
    (#"{"a":"b"}"#, #"{"a":null}"#, #"{}"#),
    (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
    (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
    (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
    (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
    (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
    (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
    (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
    (#"{"a":"foo"}"#, #"null"#, #"null"#),
    (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
    (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
    (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
    (#"{}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
  ])
  func application(target: String, patch: String, expected: String) throws {
    #expect(try parse(target).applying(mergePatch: try parse(patch)) == (try parse(expected)))
  }

  private func parse(_ text: String) throws -> JSONValue {
    try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
  }

  @Test(arguments: seeds("MergePatchTests.patchLeadsToTarget"))
  func patchLeadsToTarget(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<50 {
      let (from, to) = (document(3, &generator), document(3, &generator))
      if let patch = mergePatch(from: from, to: to) {
        #expect(from.applying(mergePatch: patch) == to)
      } else {
        #expect(from == to)
      }
    }
  }

  /// A random object without nulls.
  private func document(_ depth: Int, _ generator: inout SeededGenerator) -> JSONValue {
    var fields: [String: JSONValue] = [:]
    for key in ["a", "b", "c"] where Bool.random(using: &generator) {
      switch Int.random(in: 0...(depth > 0 ? 4 : 2), using: &generator) {
      case 0: fields[key] = .integer(Int64.random(in: 0...2, using: &generator))
      case 1: fields[key] = ["x", 1]
      case 2: fields[key] = "text"
      default: fields[key] = document(depth - 1, &generator)
      }
    }
    return .object(fields)
  }
}
