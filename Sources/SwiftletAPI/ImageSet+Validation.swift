import KubernetesClient
import OCI

extension ImageSet {
  /// What is wrong with the spec, in the order of its fields. Empty where all is well.
  ///
  /// Says what the schema can't know, and repeats some of what it knows, because objects may be older than a schema.
  /// A problem with one image says nothing against the others.
  package var problems: [ValidationProblem] { spec.problems }
}

extension ImageSetSpec {
  /// From what a refresh interval makes sense to a year.
  static let refreshRule = DurationRule(minimum: .seconds(10), maximum: .seconds(8760 * 3600))

  package var problems: [ValidationProblem] {
    var problems = imageProblems
    if let selector = nodes?.selector { problems += selector.problems(path: "spec.nodes.selector") }
    for (index, toleration) in tolerations.enumerated() {
      problems += toleration.problems(path: "spec.nodes.tolerations[\(index)]")
    }
    _ = Self.refreshRule.value(of: refreshInterval, path: "spec.refreshInterval", into: &problems)
    return problems + pullSecretProblems
  }

  private var pullSecretProblems: [ValidationProblem] {
    var problems: [ValidationProblem] = []
    var first: [PullSecretReference: Int] = [:]
    for (index, secret) in (pullSecrets ?? []).enumerated() {
      let path = "spec.pullSecrets[\(index)]"
      problems += secret.problems(path: path)
      if let earlier = first[secret] {
        let message = "the same Secret is already named by spec.pullSecrets[\(earlier)]"
        problems.append(ValidationProblem(path: path, kind: .duplicate, message: message))
      } else {
        first[secret] = index
      }
    }
    return problems
  }

  private var imageProblems: [ValidationProblem] {
    var problems: [ValidationProblem] = []
    if images.isEmpty {
      problems.append(
        ValidationProblem(path: "spec.images", kind: .required, message: "at least one image is needed"))
    }
    var first: [ImageReference: Int] = [:]
    for (index, entry) in images.enumerated() {
      let path = "spec.images[\(index)]"
      do throws(ImageReferenceError) {
        let reference = try ImageReference(parsing: entry.image)
        if let earlier = first[reference] {
          let message = "\(reference.normalized.bounded(to: 256)) is already named by spec.images[\(earlier)].image"
          problems.append(ValidationProblem(path: path + ".image", kind: .duplicate, message: message))
        } else {
          first[reference] = index
        }
      } catch {
        problems.append(ValidationProblem(path: path + ".image", kind: .invalid, message: error.description))
      }
      if let platform = entry.platform {
        problems += Self.platformProblems(platform, path: path + ".platform")
      }
    }
    return problems
  }

  /// Nodes are Linux nodes, so an image for something else can't be of use there.
  private static func platformProblems(_ text: String, path: String) -> [ValidationProblem] {
    do throws(ParseError) {
      let platform = try Platform(parsing: text)
      guard platform.os != "linux" else { return [] }
      let message = "\"\(text.bounded(to: 64))\" is not for Linux, and only Linux nodes are served"
      return [ValidationProblem(path: path, kind: .unsupported, message: message)]
    } catch {
      return [ValidationProblem(path: path, kind: .invalid, message: "platform \(error.description)")]
    }
  }
}
