#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A call to the file system that failed.
package struct FileFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was being done, such as `write the ledger`.
  package let operation: String
  package let path: String
  /// The system's error number.
  package let code: Int32

  package init(_ operation: String, _ path: String, code: Int32) {
    self.operation = operation
    self.path = path
    self.code = code
  }

  package var description: String { "can't \(operation) \(path): \(String(cString: strerror(code)))" }
}
