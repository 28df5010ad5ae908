package import Wire

/// What came into a window of 10 seconds since the last delta of it. All numbers but `clients` are to be added to what is
/// there, so a line that comes late is simply another delta of its window.
package struct TrafficDelta: Equatable, Sendable {
    package struct Section: Hashable, Sendable {
        package var name: String
        package var hits: UInt64

        package init(name: String, hits: UInt64) {
            self.name = name
            self.hits = hits
        }
    }

    /// By the time in the lines, UTC; a multiple of 10 s.
    package var windowStart: Timestamp
    package var hits: UInt64 = 0
    package var bytes: UInt64 = 0
    package var statuses = StatusClasses()
    package var skipped: UInt64 = 0
    /// Lines that could not be read, in the window of the moment at which they came.
    package var unread: UInt64 = 0
    /// Different clients of the whole window as known now: the larger of this and what is there is right. For lines more
    /// than 10 minutes late only a lower bound.
    package var clients: UInt64 = 0
    /// The hits by section, most first: at most 1,000 names in a window, further ones under `NamedCounts.otherName`.
    /// Malformed requests have no section, so the sum may be below `hits`.
    package var sections: [Section] = []

    package init(windowStart: Timestamp) {
        self.windowStart = windowStart
    }
}
