import Glibc
import Wire

/// The server's clock, and beside it those that nobody can set (`man 2 clock_gettime`).
struct ClockReading: Sendable {
    var wall: Timestamp
    /// `CLOCK_MONOTONIC` in milliseconds: is slewed as the wall clock is, and stands still while the machine is
    /// suspended.
    var running: Int64
    /// `CLOCK_BOOTTIME` in milliseconds: the same, and goes on while the machine is suspended.
    var sinceBoot: Int64

    static var now: ClockReading {
        ClockReading(
            wall: .now,
            running: milliseconds(of: CLOCK_MONOTONIC),
            sinceBoot: milliseconds(of: CLOCK_BOOTTIME)
        )
    }

    private static func milliseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
