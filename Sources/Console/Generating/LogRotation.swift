/// How the simulated server's log is rotated.
package struct LogRotation: Equatable, Sendable {
    /// `man 8 logrotate`
    package enum Method: String, CaseIterable, Sendable {
        /// The file gets another name; its writer goes on in it for a moment, then opens a new one.
        case rename
        /// The file is copied, then cut to nothing under its writer.
        case copytruncate
    }

    package enum Interval: Equatable, Sendable {
        /// Of the timeline, so that a rotation comes between the same lines at any speed.
        case time(Duration)
        case bytes(Int)
    }

    package let method: Method
    package let interval: Interval
    /// Rotated files that are kept, `FILE.1` being the newest.
    package let keep: Int

    package init(_ method: Method, every interval: Interval, keep: Int) {
        self.method = method
        self.interval = interval
        self.keep = keep
    }
}
