import Commands
import KubernetesClient
import SwiftletAPI
import Testing

struct RenderingTests {
  private let now = Samples.start + .seconds(600)

  private func text(_ report: StatusReport, width: Int? = nil, colour: Bool = false) -> String {
    TextRenderer(style: Style(width: width, colour: colour)).lines(report, now: now).joined(separator: "\n")
  }

  @Test func wide() {
    #expect(
      text(Samples.report) == """
        NAME       READY  PROGRESS  NODES         FAILED  AGE  REASON
        broken     no     27/90     0/3           2       5m   PullsFailing
        ml-models  no     10/20     1/2 (1 away)  0       2m   Pulling
        new        no     -         -             0       30s  Pending
        web        yes    30/30     3/3           0       10m  AllPresent

        broken: 27 of 90 images present, 2 failing
          NotFound x2, e.g. docker.io/library/nope:1 on n1: manifest unknown
            The registry has no such image or tag: check the name, or push the image.

        ml-models: 8 pulling, 2 waiting

        new: the controller hasn't seen the newest change yet

        NODE  IMAGES  FAILED  PULLING                   RUNTIME           FEATURES
        n1    28/40   1       nginx:1 45%, redis:7 12%  containerd 1.7.1  events,pins,progress
        n2    40/40   0       -                         cri-o 1.30
        n3    0/40    0       -                         no agent yet
          NotFound x1, e.g. docker.io/library/nope:1 on n1: manifest unknown
        """)
  }

  @Test func narrow() {
    #expect(
      text(Samples.report, width: 60) == """
        NAME       READY  PROGRESS  NODES         FAILED  AGE  REAS…
        broken     no     27/90     0/3           2       5m   Pull…
        ml-models  no     10/20     1/2 (1 away)  0       2m   Pull…
        new        no     -         -             0       30s  Pend…
        web        yes    30/30     3/3           0       10m  AllP…

        broken: 27 of 90 images present, 2 failing
          NotFound x2, e.g. docker.io/library/nope:1 on n1: manifest
            unknown
            The registry has no such image or tag: check the name,
            or push the image.

        ml-models: 8 pulling, 2 waiting

        new: the controller hasn't seen the newest change yet

        NODE  IMAGES  FAILED  PULLING      RUNTIME      FEATURES
        n1    28/40   1       nginx:1 45…  containerd…  events,pins…
        n2    40/40   0       -            cri-o 1.30
        n3    0/40    0       -            no agent y…
          NotFound x1, e.g. docker.io/library/nope:1 on n1: manifest
            unknown
        """)
  }

  @Test(arguments: 20...130)
  func noLineIsWiderThanTheTerminal(width: Int) {
    let style = Style(width: width)
    let lines =
      TextRenderer(style: style).lines(Samples.report, now: now)
      + ProgressRenderer(style: style).lines(Samples.report, now: now)
    for line in lines { #expect(line.count <= width, "\(line)") }
  }

  @Test func bars() {
    let lines = ProgressRenderer(style: Style(width: 80)).lines(
      StatusReport(sets: Samples.report.sets), now: now)
    #expect(
      lines.joined(separator: "\n") == """
        broken    [######----------------]   27/90  30%  pulling 2, waiting 59, failed 2
        ml-models [#############---------]   10/20  60%  pulling 8, waiting 2
        new       [----------------------]       -    -  pending
        web       [######################]   30/30 100%  ready
        broken: 27 of 90 images present, 2 failing
          NotFound x2, e.g. docker.io/library/nope:1 on n1: manifest unknown
            The registry has no such image or tag: check the name, or push the image.
        """)
  }

  @Test func aPictureFitsTheHeight() {
    let lines = ProgressRenderer(style: Style(width: 80), height: 4).lines(
      StatusReport(sets: Samples.report.sets), now: now)
    #expect(lines.count == 4)
    #expect(lines.last == "… 4 more lines")
  }

  @Test func aScreenIsRedrawnOnlyWhereSomethingChanged() {
    var screen = Screen()
    #expect(screen.replace(with: ["a", "b"]) == "\r\u{1B}[Ja\nb\n")
    #expect(screen.replace(with: ["a", "b"]) == nil)
    #expect(screen.replace(with: ["c"]) == "\u{1B}[2A\r\u{1B}[Jc\n")
  }

  @Test func coloursComeOnDemandAndChangeNoLayout() {
    let plain = text(Samples.report, width: 90)
    let coloured = text(Samples.report, width: 90, colour: true)
    #expect(coloured.contains("\u{1B}[32myes\u{1B}[0m"))
    #expect(!plain.contains("\u{1B}"))
    var stripped = coloured
    for code in ["32", "31", "33", "2", "1", "0"] {
      stripped = stripped.split(separator: "\u{1B}[\(code)m", omittingEmptySubsequences: false).joined()
    }
    #expect(stripped == plain)
  }

  @Test func nothingFromOutsideControlsTheTerminal() {
    var report = Samples.report
    report.sets[0].name = "ev\u{1B}[2Jil"
    report.sets[0].reason = "InvalidSpec"
    report.sets[0].message = "a\nb\u{202E}c\u{7}"
    report.sets[0].failures?[0].message = "\u{1B}]0;title\u{7}"
    report.missing = ["gone\u{1B}"]
    var log = ChangeLog()
    let all =
      TextRenderer(style: Style()).lines(report, now: now) + ProgressRenderer(style: Style()).lines(report, now: now)
      + log.lines(report, now: now)
    for scalar in all.joined().unicodeScalars {
      #expect(scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .format)
    }
    #expect(all.contains { $0.contains("a\\nb\\u{202e}c\\u{7}") })
  }

  @Test func saysWhatIsMissing() {
    #expect(
      text(StatusReport(sets: []))
        == "No ImageSet exists. Create one, and its images go to the nodes it selects.\n"
        + "ImageCaches are listed by: kubectl get imagecaches -A")
    #expect(text(StatusReport(sets: [], missing: ["x"])) == "No ImageSet is named x.")
    #expect(
      text(StatusReport(sets: [], nodes: [], missing: [])).contains("No node has a NodeInventory yet"))
  }

  @Test func linesAppearOnlyWhenSomethingChanged() {
    var log = ChangeLog()
    var report = StatusReport(sets: [Samples.report.sets[0]])
    #expect(
      log.lines(report, now: now) == [
        "2026-01-01T00:10:00Z broken Degraded 27/90 pulling 2, waiting 59; "
          + "NotFound x2, e.g. docker.io/library/nope:1 on n1: manifest unknown"
      ])
    #expect(log.lines(report, now: now + .seconds(5)) == [])
    report.sets[0].state = .ready
    report.sets[0].progress = "90/90"
    report.sets[0].failures = nil
    #expect(log.lines(report, now: now + .seconds(9)) == ["2026-01-01T00:10:09Z broken Ready 90/90"])
    report.sets = []
    #expect(log.lines(report, now: now + .seconds(10)) == ["2026-01-01T00:10:10Z broken deleted"])
  }

  @Test(arguments: [
    "NotFound", "Unauthorized", "Forbidden", "DNS", "ConnectionRefused", "Timeout", "TLS", "RateLimited", "DiskFull",
    "WrongPlatform", "RuntimeUnavailable", "Other", "InUse", "InvalidSpec", "NoMatchingNodes", "NoReachableNodes",
    "PlatformConflict", "PlanTooLarge", "NoImages",
  ])
  func everyReasonHasASentence(reason: String) throws {
    let sentence = try #require(Advice.sentence(for: reason))
    #expect(sentence.hasSuffix("."))
  }
}
