#if os(Linux)
  import Glibc

  /// CLOCK_BOOTTIME: time since boot, with the time that the machine slept.
  enum BootTime {
    static var now: Duration {
      var time = timespec()
      clock_gettime(CLOCK_BOOTTIME, &time)
      return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
  }
#endif
