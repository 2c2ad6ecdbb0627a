import ArgumentParser
import Commands
import Execution
import Operator
import Testing

struct JobOptionTests {
  private func settings(_ arguments: [String], _ variables: [String: String] = [:]) throws -> JobSettings {
    let words = ["controller", "--executor=Jobs", "--job-starter-image=s"] + arguments
    let command = try #require(try SwiftletCommand.parseAsRoot(words) as? ControllerCommand)
    let configuration = try command.jobs.configuration(Environment(variables), namespace: "swiftlet-system")
    return try #require(configuration).settings
  }

  @Test(arguments: JobSettings.ImageVolumes.allCases)
  func imageVolumesAreAFlagOrAVariable(value: JobSettings.ImageVolumes) throws {
    #expect(try settings(["--job-image-volumes=\(value.rawValue)"]).imageVolumes == value)
    #expect(try settings([], ["SWIFTLET_JOB_IMAGE_VOLUMES": value.rawValue]).imageVolumes == value)
    let both = try settings(["--job-image-volumes", value.rawValue], ["SWIFTLET_JOB_IMAGE_VOLUMES": "Always"])
    #expect(both.imageVolumes == value)
  }

  @Test func imageVolumesAreUsedWhereTheyAreCertain() throws {
    #expect(try settings([]).imageVolumes == .auto)
    #expect(try settings([], ["SWIFTLET_JOB_IMAGE_VOLUMES": ""]).imageVolumes == .auto)
  }

  @Test func otherValuesAreRefusedWithThoseThatAreValid() {
    for attempt in [
      { try settings(["--job-image-volumes=sometimes"]) },
      { try settings([], ["SWIFTLET_JOB_IMAGE_VOLUMES": "sometimes"]) },
    ] {
      do {
        _ = try attempt()
        Issue.record("accepted")
      } catch {
        let message = SwiftletCommand.message(for: error)
        for valid in ["Auto", "Always", "Never", "sometimes"] { #expect(message.contains(valid), "\(message)") }
      }
    }
  }
}
