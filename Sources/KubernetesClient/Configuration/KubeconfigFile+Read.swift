import Yams

extension KubeconfigFile {
  /// - Throws: `ConfigurationError` with the file and the place in it; it shows nothing of the content.
  init(_ bytes: [UInt8], file: String) throws {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError(file: file, message: "isn't UTF-8")
    }
    do {
      // An empty file is an empty configuration.
      let isEmpty = text.allSatisfy(\.isWhitespace)
      self = try YAMLDecoder().decode(KubeconfigFile.self, from: isEmpty ? "{}" : text)
    } catch let error as DecodingError {
      throw Self.problem(error, file: file)
    } catch {
      throw ConfigurationError(file: file, message: Self.describe(error))
    }
  }

  private static func problem(_ error: DecodingError, file: String) -> ConfigurationError {
    let (context, message): (DecodingError.Context, String) =
      switch error {
      case .typeMismatch(let type, let context): (context, "is no \(type)")
      case .valueNotFound(_, let context): (context, "has no value")
      case .keyNotFound(let key, let context): (context, "has no \(key.stringValue)")
      case .dataCorrupted(let context): (context, describe(context.underlyingError))
      @unknown default: (DecodingError.Context(codingPath: [], debugDescription: ""), "can't be read")
      }
    var field = ""
    for key in context.codingPath {
      if let index = key.intValue {
        field += "[\(index)]"
      } else {
        field += field.isEmpty ? key.stringValue : ".\(key.stringValue)"
      }
    }
    return ConfigurationError(file: file, field: field.isEmpty ? nil : field, message: message)
  }

  /// The place of a syntax error. Yams' own description shows the line, which may hold a token.
  private static func describe(_ error: (any Error)?) -> String {
    switch error {
    case .some(YamlError.scanner(_, let problem, let mark, _)), .some(YamlError.parser(_, let problem, let mark, _)),
      .some(YamlError.composer(_, let problem, let mark, _)):
      "isn't valid YAML: \(problem) in line \(mark.line), column \(mark.column)"
    default:
      "isn't valid YAML"
    }
  }
}
