#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Looks where a runtime might listen.
enum RuntimeProbe {
  /// What speaks against there being a socket at `path`; nil if there is one.
  static func problem(at path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      return errno == ENOENT || errno == ENOTDIR
        ? "not there" : "can't be looked at: \(String(cString: strerror(errno)))"
    }
    return status.st_mode & S_IFMT == S_IFSOCK ? nil : "not a socket"
  }

  /// Size and free space of the file system at `path`, in bytes; nil if the path can't be seen from here.
  static func space(at path: String) -> (capacity: UInt64, available: UInt64)? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    let unit = UInt64(status.f_frsize)
    return (UInt64(status.f_blocks) * unit, UInt64(status.f_bavail) * unit)
  }
}
