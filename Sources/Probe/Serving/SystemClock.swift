import CLinux

#if !hasFeature(Embedded)
    package import Wire
#endif

/// The host's clocks (`man 2 clock_gettime`).
package enum SystemClock {
    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// `CLOCK_MONOTONIC`: for intervals and deadlines.
    package static func uptimeNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    static func nanoseconds(milliseconds: UInt32) -> UInt64 { UInt64(milliseconds) * 1_000_000 }
}
