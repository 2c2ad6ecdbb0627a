import KubernetesClient
import OCI

extension ImageCache {
  /// What is wrong with the spec, and with annotations that have a value.
  package var problems: [ValidationProblem] {
    guard let value = metadata.annotations?[ImageCacheAnnotation.executor], Executor(rawValue: value) == nil else {
      return spec.problems
    }
    let valid = Executor.allCases.map(\.rawValue).joined(separator: ", ")
    let problem = ValidationProblem(
      path: "metadata.annotations[\(ImageCacheAnnotation.executor)]", kind: .invalid,
      message: "\"\(value.bounded(to: 64))\" is none of \(valid)")
    return [problem] + spec.problems
  }

  /// Who is to pull; `Auto` where the annotation is missing, or means nothing.
  package var effectiveExecutor: Executor {
    metadata.annotations?[ImageCacheAnnotation.executor].flatMap(Executor.init(rawValue:)) ?? .auto
  }
}

extension ImageCacheSpec {
  package var lists: [ImageCacheList] { cacheSpec ?? [] }

  /// What is wrong with the spec, in the order of its fields. Empty where all is well.
  ///
  /// A problem with one image or list says nothing against the others.
  package var problems: [ValidationProblem] {
    var problems: [ValidationProblem] = []
    for (index, list) in lists.enumerated() {
      problems += list.problems(path: "spec.cacheSpec[\(index)]")
    }
    for (index, secret) in (imagePullSecrets ?? []).enumerated() where (secret.name ?? "").isEmpty {
      problems.append(
        ValidationProblem(
          path: "spec.imagePullSecrets[\(index)].name", kind: .required, message: "a Secret needs a name"))
    }
    return problems
  }

  /// What is allowed and may not be what was meant.
  package var warnings: [ValidationProblem] {
    guard !lists.isEmpty else {
      return [ValidationProblem(path: "spec.cacheSpec", kind: .required, message: "no list of images: nothing to do")]
    }
    return lists.enumerated().compactMap { index, list in
      guard (list.images ?? []).isEmpty else { return nil }
      return ValidationProblem(
        path: "spec.cacheSpec[\(index)].images", kind: .required, message: "the list is empty: nothing to do for it")
    }
  }
}

extension ImageCacheList {
  func problems(path: String) -> [ValidationProblem] {
    var problems: [ValidationProblem] = []
    var first: [ImageReference: Int] = [:]
    for (index, image) in (images ?? []).enumerated() {
      let place = "\(path).images[\(index)]"
      do throws(ImageReferenceError) {
        let reference = try ImageReference(parsing: image)
        if let earlier = first[reference] {
          let message = "\(reference.normalized.bounded(to: 256)) is already named by \(path).images[\(earlier)]"
          problems.append(ValidationProblem(path: place, kind: .duplicate, message: message))
        } else {
          first[reference] = index
        }
      } catch {
        problems.append(ValidationProblem(path: place, kind: .invalid, message: error.description))
      }
    }
    return problems + LabelSelector(matchLabels: nodeSelector).problems(path: "\(path).nodeSelector")
  }
}
