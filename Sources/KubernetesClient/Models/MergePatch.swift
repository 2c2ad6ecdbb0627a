/// The JSON merge patch (RFC 7396) that turns `from` into `to`, or nil where they are equal.
///
/// A merge patch can't set a field to null: null fields of `to` count as missing.
public func mergePatch(from: JSONValue, to: JSONValue) -> JSONValue? {
  guard case .object(let old) = from, case .object(let new) = to else {
    if from == to { return Optional.none }
    return to.withoutNullFields
  }
  var patch: [String: JSONValue] = [:]
  for (key, oldValue) in old where oldValue != .null && (new[key] ?? .null) == .null {
    patch[key] = .null
  }
  for (key, newValue) in new where newValue != .null {
    if let oldValue = old[key], oldValue != .null {
      patch[key] = mergePatch(from: oldValue, to: newValue)
    } else {
      patch[key] = newValue.withoutNullFields
    }
  }
  if patch.isEmpty { return Optional.none }
  return .object(patch)
}

extension JSONValue {
  /// This document after a JSON merge patch (RFC 7396).
  public func applying(mergePatch patch: JSONValue) -> JSONValue {
    guard case .object(let changes) = patch else { return patch }
    var fields = object ?? [:]
    for (key, change) in changes {
      if change == .null {
        fields.removeValue(forKey: key)
      } else {
        fields[key] = (fields[key] ?? .null).applying(mergePatch: change)
      }
    }
    return .object(fields)
  }

  /// The document without the fields that are null, at every depth of nested objects; arrays stay as they are,
  /// because a merge patch replaces them whole.
  fileprivate var withoutNullFields: JSONValue {
    guard case .object(let fields) = self else { return self }
    return .object(fields.filter { $0.value != .null }.mapValues(\.withoutNullFields))
  }
}
