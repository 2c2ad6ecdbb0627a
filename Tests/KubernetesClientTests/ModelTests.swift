import Foundation
import KubernetesClient
import Testing

@Suite struct ModelTests {
  @Test func secretValuesShowNowhere() throws {
    let json = #"{"metadata":{"name":"s"},"type":"Opaque","data":{"password":"aHVudGVyMg=="}}"#
    let secret = try JSONDecoder().decode(Secret.self, from: Data(json.utf8))
    let password = try #require(secret.data?["password"])
    #expect(password.text == "hunter2")
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), dumped, "\(password)", "\(password.bytes.count)\(password)"] {
      #expect(!text.contains("hunter2"))
      #expect(!text.contains("104, 117"))
    }
    #expect(String(decoding: try JSONValue.canonicalData(secret), as: UTF8.self).contains("aHVudGVyMg=="))
  }

  @Test func secretDataRefusesWhatIsNoBase64() {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([SecretData].self, from: Data(#"["%%%"]"#.utf8))
    }
  }

  @Test(arguments: [
    (Int64(1_700_000_000_000_000), "2023-11-14T22:13:20.000000Z"),
    (1_700_000_000_000_001, "2023-11-14T22:13:20.000001Z"),
  ])
  func microTimeHasSixDigits(microseconds: Int64, text: String) throws {
    let time = MicroTime(Timestamp(microseconds: microseconds))
    #expect(try JSONValue(encoding: time) == .string(text))
    #expect(try JSONValue.string(text).decoded(as: MicroTime.self) == time)
  }

  @Test func canonicalDataIsSorted() throws {
    let value: JSONValue = ["b": [1, nil, true, 1.5, "a/b"], "a": ["d": [:], "c": []]]
    #expect(
      String(decoding: try JSONValue.canonicalData(value), as: UTF8.self)
        == #"{"a":{"c":[],"d":{}},"b":[1,null,true,1.5,"a/b"]}"#)
  }

  @Test func jsonValueConvertsToTypesAndBack() throws {
    let taint = Taint(key: "a", value: "b", effect: "NoSchedule")
    let document = try JSONValue(encoding: taint)
    #expect(document == ["key": "a", "value": "b", "effect": "NoSchedule"])
    #expect(try document.decoded(as: Taint.self) == taint)
    #expect(throws: DecodingError.self) { try JSONValue.array([1]).decoded(as: Taint.self) }
  }

  @Test func podTellsItsImages() throws {
    let json = """
      {"metadata":{"name":"p","namespace":"n"},"spec":{"nodeName":"a","containers":[{"name":"c","image":"nginx"}],
      "volumes":[{"name":"v","image":{"reference":"r","pullPolicy":"Always"}},{"name":"w","emptyDir":{}}]},
      "status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}
      """
    let pod = try JSONDecoder().decode(Pod.self, from: Data(json.utf8))
    #expect(pod.key == ObjectKey(namespace: "n", name: "p"))
    #expect(pod.spec?.volumes?.compactMap(\.image?.reference) == ["r"])
    #expect(pod.status?.conditions?.first?.status == .yes)
  }

  @Test(arguments: [
    (["metadata", "finalizers", "0"], "/metadata/finalizers/0"), (["a/b", "c~d"], "/a~1b/c~0d"), ([], ""),
  ])
  func pointersAreEscaped(tokens: [String], pointer: String) {
    #expect(JSONPatchOperation.pointer(tokens) == pointer)
  }
}
