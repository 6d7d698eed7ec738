import Glibc

/// The time of day.
enum SystemClock {
    /// Seconds since 1970.
    static var secondsSince1970: Int { time(nil) }
}
