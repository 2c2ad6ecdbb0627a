import Agent
import Foundation
import KubernetesClient
import Logging
import Operator
import SwiftletAPI
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ExchangeServiceTests {
  private func place(_ notice: ExchangeNotice) -> ExchangePlace? {
    ExchangePlace(Lease(metadata: ObjectMeta(annotations: notice.annotations.compactMapValues(\.self))))
  }

  @Test func publishesWhereItIsWhileItServes() async throws {
    let bench = ExchangeBench()
    let notice = ExchangeNotice()
    let service = CredentialExchangeService(
      address: ExchangeAddress(host: "127.0.0.1", port: 0), api: bench.api, namespace: ExchangeBench.namespace,
      agents: bench.agents, notice: notice, logger: Logger(label: "x") { _ in CapturingLogHandler(lines: bench.logs) })
    // Also before, so that what an earlier leader left goes.
    #expect(notice.annotations.count == 2 && notice.annotations.values.allSatisfy { $0 == nil })
    for _ in 0..<2 {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await service.run { _, images in Dictionary(uniqueKeysWithValues: images.map { ($0, []) }) } }
        let found = try await eventually("a notice") { place(notice) }
        let body = try JSONEncoder().encode(CredentialRequest(images: [ExchangeBench.image]))
        let answer = try await HTTPSExchangeTransport().post(body, to: found, token: "token-n1")
        #expect(
          try JSONDecoder().decode(CredentialAnswer.self, from: answer).images
            == [ExchangeBench.image: ImageCredentials(candidates: [], others: [])])
        group.cancelAll()
      }
      #expect(notice.annotations.values.allSatisfy { $0 == nil })
    }
    #expect(!bench.logs.all.joined().contains("token-n1"))
  }

  @Test func anAddressThatCanNotBeBoundIsTriedAgain() async throws {
    let bench = ExchangeBench()
    let notice = ExchangeNotice()
    let service = CredentialExchangeService(
      // Of a range that is nobody's.
      address: ExchangeAddress(host: "192.0.2.1", port: 0), api: bench.api, namespace: ExchangeBench.namespace,
      agents: bench.agents, notice: notice, logger: Logger(label: "x") { _ in CapturingLogHandler(lines: bench.logs) })
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await service.run { _, _ in nil } }
      do {
        try await eventually("two attempts", within: .seconds(10)) {
          bench.logs.all.count { $0.contains("trying again") } >= 2 ? true : nil
        }
      } catch {
        Issue.record(error)
      }
      group.cancelAll()
    }
    #expect(notice.annotations.values.allSatisfy { $0 == nil })
  }
}
