import KubernetesClient
import KubernetesRuntime
import TestSupport
import Testing

/// What the watcher says about the objects.
struct WatcherEffectTests {
  private func effects(
    single: Bool = false, streaming: Bool = false, _ inputs: [WatcherInput<Widget>]
  ) -> [String] {
    var options = WatcherOptions()
    options.isSingle = single
    options.streamsInitialList = streaming
    var state = WatcherState<Widget>(options: options)
    var generator = SeededGenerator(seed: 1)
    return inputs.flatMap { state.handle($0, using: &generator).effects }.map { effect in
      switch effect {
      case .upsert(let object): "upsert \(object.key) \(object.metadata.resourceVersion ?? "")"
      case .remove(let object): "remove \(object.key)"
      case .replace(let objects): "replace \(objects.map(\.key.name).sorted())"
      case .availability(.available): "available"
      case .availability(.pending): "pending"
      case .availability(.unavailable(let reason)): "unavailable: \(reason)"
      }
    }
  }

  @Test func pagesCountOnceTheyAreComplete() {
    let first = ListPage(items: [Widget("a", version: 1)], resourceVersion: "5", continueToken: "t")
    let second = ListPage(items: [Widget("b", version: 2)], resourceVersion: "5")
    #expect(effects([.started, .listed(first)]) == [])
    #expect(effects([.started, .listed(first), .listed(second)]) == [#"replace ["a", "b"]"#, "available"])
    #expect(
      effects([.started, .listed(first), .listFailed(.expired), .listed(second)]) == [#"replace ["b"]"#, "available"],
      "pages of a snapshot that is gone don't count")
  }

  @Test(arguments: [
    (WatchFailure.kindMissing, "unavailable: the server doesn't serve this kind"),
    (.forbidden(message: "no"), "unavailable: not allowed: no"),
    (.failed(message: "lost", retryAfter: nil), "unavailable: lost"),
  ])
  func aFailedListKeepsTheObjects(failure: WatchFailure, expected: String) {
    #expect(
      effects([
        .started, .listed(ListPage(items: [Widget("a")], resourceVersion: "5")), .closed(.expired, lasted: .zero),
        .timer, .listFailed(failure),
      ]) == [#"replace ["a"]"#, "available", expected])
  }

  @Test func aLostWatchIsNoLostCollectionUntilItKeepsFailing() {
    let lost = WatcherInput<Widget>.closed(.failed(message: "lost", retryAfter: nil), lasted: .zero)
    let start: [WatcherInput<Widget>] = [.started, .listed(ListPage(items: [], resourceVersion: "5")), .opened]
    #expect(effects(start + [lost, .timer, lost]) == ["replace []", "available", "available"])
    #expect(
      effects(start + [lost, .timer, lost, .timer, lost, .timer, .opened])
        == ["replace []", "available", "available", "unavailable: lost", "available"])
  }

  @Test func aForbiddenWatchIsSaid() {
    #expect(
      effects([
        .started, .listed(ListPage(items: [], resourceVersion: "5")), .closed(.forbidden(message: "no"), lasted: .zero),
      ]) == ["replace []", "available", "unavailable: not allowed: no"])
  }

  @Test func aStreamedListCountsOnceItIsComplete() {
    let initial: [WatcherInput<Widget>] = [
      .started, .opened, .event(.added(Widget("a", version: 1))), .event(.added(Widget("b", version: 2))),
      .event(.bookmark(resourceVersion: "3", initialEventsEnd: false)), .event(.deleted(Widget("a", version: 4))),
    ]
    #expect(effects(streaming: true, initial) == [])
    #expect(
      effects(streaming: true, initial + [.event(.bookmark(resourceVersion: "5", initialEventsEnd: true))])
        == [#"replace ["b"]"#, "available"])
  }

  @Test func aSingleObjectThatIsAbsentIsKnown() {
    #expect(effects(single: true, [.started, .got(nil)]) == ["replace []", "available"])
    #expect(
      effects(single: true, [.started, .getFailed(.kindMissing)])
        == ["unavailable: the server doesn't serve this kind"])
  }

  @Test func aWatchWithoutVersionDoesNotGoBackInTime() {
    #expect(
      effects(
        single: true,
        [
          .started, .got(Widget("a", version: 7)), .closed(.expired, lasted: .zero), .opened,
          .got(Widget("a", version: 9)), .event(.added(Widget("a", version: 7))),
          .event(.deleted(Widget("a", version: 8))), .event(.modified(Widget("a", version: 9))),
          .event(.deleted(Widget("a", version: 12))),
        ]) == [#"replace ["a"]"#, "available", #"replace ["a"]"#, "available", "upsert a 9", "remove a"])
  }
}
