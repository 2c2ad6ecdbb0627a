#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension JSONValue {
  /// The JSON document that `value` encodes to.
  ///
  /// - Throws: `EncodingError`.
  public init(encoding value: some Encodable) throws {
    self = try JSONDecoder().decode(JSONValue.self, from: try JSONValue.canonicalData(value))
  }

  /// Decodes this document as `type`.
  ///
  /// - Throws: `DecodingError`.
  public func decoded<T: Decodable>(as type: T.Type = T.self) throws -> T {
    try JSONDecoder().decode(type, from: try JSONValue.canonicalData(self))
  }

  /// The JSON text of `value` with sorted keys and no white space, so that equal values give equal bytes.
  ///
  /// - Throws: `EncodingError`.
  public static func canonicalData(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }
}
