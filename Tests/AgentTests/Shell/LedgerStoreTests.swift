import Agent
import Foundation
import KubernetesClient
import SwiftletAPI
import Testing

@Suite("Ledger's file")
struct LedgerStoreTests {
  static var sample: Ledger {
    var ledger = Ledger()
    ledger.images["docker.io/library/a:1"] = LedgerEntry(
      origin: .pulled, retention: .delete, checkedAt: Timestamp(microseconds: 1_700_000_000_123_456))
    ledger.images["c.test/c:1"] = LedgerEntry(origin: .pulled, retention: .retain, isIntended: true)
    ledger.pins = ["sha256:1", "sha256:0"]
    return ledger
  }

  @Test("what was stored is read again; a missing file is an empty ledger")
  func roundTrip() async throws {
    let folder = try TemporaryFolder()
    let store = LedgerStore(path: folder.path + "/ledger.json")
    let empty = store.load()
    #expect(empty.ledger == Ledger())
    #expect(empty.problem == nil)
    try await store.save(Self.sample)
    #expect(store.load().ledger == Self.sample)
    try await store.save(Ledger())
    #expect(store.load().ledger == Ledger())
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["ledger.json"])
  }

  @Test("equal ledgers give equal bytes, and the form is as documented")
  func form() throws {
    let text = String(decoding: try JSONValue.canonicalData(Self.sample), as: UTF8.self)
    #expect(
      text
        == #"{"images":{"c.test/c:1":{"isIntended":true,"origin":"Pulled","retention":"Retain"},"#
        + #""docker.io/library/a:1":{"checkedAt":"2023-11-14T22:13:20.123456Z","origin":"Pulled","retention":"Delete"}},"#
        + #""pins":["sha256:0","sha256:1"],"version":1}"#)
  }

  @Test(
    "what can't be understood is moved aside",
    arguments: ["", "null", "{", #"{"version":2}"#, #"{"version":1,"images":[]}"#, #"{"images":{}}"#])
  func damaged(_ text: String) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/ledger.json"
    try Data(text.utf8).write(to: URL(filePath: path))
    let store = LedgerStore(path: path)
    let loaded = store.load()
    #expect(loaded.ledger == Ledger())
    #expect(loaded.problem != nil)
    #expect(try Data(contentsOf: URL(filePath: path + ".damaged")) == Data(text.utf8))
    try await store.save(Self.sample)
    #expect(store.load().ledger == Self.sample)
  }

  @Test("a file that can't be written is an error that names it, and leaves the old one")
  func unwritable() async throws {
    let folder = try TemporaryFolder()
    let store = LedgerStore(path: folder.path + "/missing/ledger.json")
    await #expect(throws: FileFailure.self) { try await store.save(Self.sample) }
  }
}
