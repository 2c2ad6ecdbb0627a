import KubernetesClient
import OCI

extension ImageCache {
  /// What is wrong with the spec, and with annotations that have a value.
  package var problems: [ValidationProblem] {
    annotationProblem(ImageCacheAnnotation.executor, Executor.self)
      + annotationProblem(ImageCacheAnnotation.retention, Retention.self) + spec.problems
  }

  private func annotationProblem<Value: RawRepresentable & CaseIterable>(
    _ name: String, _ type: Value.Type
  ) -> [ValidationProblem] where Value.RawValue == String {
    guard let text = metadata.annotations?[name], Value(rawValue: text) == nil else { return [] }
    let valid = Value.allCases.map(\.rawValue).joined(separator: ", ")
    return [
      ValidationProblem(
        path: "metadata.annotations[\(name)]", kind: .invalid,
        message: "\"\(text.bounded(to: 64))\" is none of \(valid)")
    ]
  }

  /// Who is to pull, as the annotation says; nil where it is missing, or means nothing.
  package var executor: Executor? {
    metadata.annotations?[ImageCacheAnnotation.executor].flatMap(Executor.init(rawValue:))
  }

  /// Who is to pull; `Auto` where nothing says so.
  package var effectiveExecutor: Executor { executor ?? .auto }
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
