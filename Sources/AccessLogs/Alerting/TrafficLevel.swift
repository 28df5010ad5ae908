package import Wire

/// How much traffic a window that slides by the second held when one second was over.
package struct TrafficLevel: Hashable, Sendable {
    /// The window's length in seconds, 1…3600.
    package var windowSeconds: Int
    /// The last second in the window, as our clock has it: the lines' own time, moved by what their clock or zone is off.
    package var second: Timestamp
    /// Requests in the window; lines that are skipped or cannot be read are none.
    package var hits: UInt64

    package init(windowSeconds: Int, second: Timestamp, hits: UInt64) {
        self.windowSeconds = windowSeconds
        self.second = second
        self.hits = hits
    }

    /// Requests per second.
    package var average: Double { Double(hits) / Double(windowSeconds) }
}
