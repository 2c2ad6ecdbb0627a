import SwiftletAPI

/// An object, or the place where it isn't what its kind is read as.
enum ObjectReading<Object: Decodable>: Decodable {
  case object(Object)
  case unreadable(ValidationProblem)

  init(from decoder: any Decoder) throws {
    let depth = decoder.codingPath.count
    do {
      self = .object(try Object(from: decoder))
    } catch let error as DecodingError {
      self = .unreadable(Self.problem(error, depth: depth))
    }
  }

  /// - Parameter depth: how many steps of a path lead to the object itself.
  private static func problem(_ error: DecodingError, depth: Int) -> ValidationProblem {
    switch error {
    case .keyNotFound(let key, let context):
      let place = path(context.codingPath.dropFirst(depth) + [key])
      return ValidationProblem(path: place, kind: .required, message: "it is missing")
    case .valueNotFound(_, let context):
      let place = path(context.codingPath.dropFirst(depth))
      return ValidationProblem(path: place, kind: .required, message: "it is null")
    case .typeMismatch(_, let context), .dataCorrupted(let context):
      let place = path(context.codingPath.dropFirst(depth))
      return ValidationProblem(path: place, kind: .invalid, message: "it can't be read: another type is wanted")
    @unknown default:
      return ValidationProblem(path: "", kind: .invalid, message: "it can't be read")
    }
  }

  private static func path(_ keys: some Sequence<any CodingKey>) -> String {
    var path = ""
    for key in keys {
      if let index = key.intValue {
        path += "[\(index)]"
      } else {
        path += (path.isEmpty ? "" : ".") + key.stringValue.bounded(to: 64)
      }
    }
    return path
  }
}
