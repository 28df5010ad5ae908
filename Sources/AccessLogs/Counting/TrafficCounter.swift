package import Wire

/// Counts lines in windows of 10 seconds by the time in the lines. Each line becomes part of the next delta of its window,
/// however late it comes.
///
/// For the number of different clients a window's set is kept while it is open: for 10 minutes behind the watermark, and
/// for at most 128 windows and 8 MiB of sets, of which those furthest from the watermark are closed first. So lines of wild
/// times close nothing but each other. A line of a closed window still counts; its client is then known as a lower bound.
package struct TrafficCounter: Sendable {
    package static let windowMilliseconds: Int64 = 10_000
    /// How long behind the watermark windows stay open.
    static let openSeconds: Int64 = 600
    private static let openLimit = 128
    private static let clientMemoryLimit = 8 << 20

    /// Where the log has got to, in seconds of our time; see `EventClock`. Opening and closing goes by it.
    package var watermark: Int64?
    /// To be added to the lines' time to get ours.
    package var shiftSeconds: Int64 = 0

    private var windows: [TrafficWindow] = []
    /// Deltas of windows that were closed since the last take.
    private var closed: [TrafficDelta] = []
    /// The place in `windows` of the window that the last line was in.
    private var current = 0

    package init() {}

    package mutating func count(_ entry: AccessLogEntry, in line: UnsafeRawBufferPointer) {
        let window = window(of: entry.time)
        windows[window].count(entry, in: line)
    }

    /// A line that a `SkipRule` fits.
    package mutating func countSkipped(_ entry: AccessLogEntry) {
        let window = window(of: entry.time)
        windows[window].countSkipped()
    }

    /// - Parameter arrival: a line that cannot be read has no other time.
    package mutating func countUnread(_ lines: UInt64 = 1, arrival: Timestamp) {
        let window = window(of: arrival.milliseconds - shiftSeconds * 1_000)
        windows[window].countUnread(lines)
    }

    /// What came since the last call, oldest window first, with the windows as they are to be kept for a restart.
    package mutating func take() -> (deltas: [TrafficDelta], windows: [OpenWindow]) {
        var deltas = closed
        closed = []
        var changed: [OpenWindow] = []
        for place in windows.indices where windows[place].isTouched {
            deltas.append(windows[place].takeDelta())
            let window = windows[place]
            if isNear(window) {
                changed.append(
                    OpenWindow(start: Timestamp(milliseconds: window.start), state: window.encodeState())
                )
            }
        }
        closeOld()
        return (deltas.sorted { $0.windowStart < $1.windowStart }, changed.sorted { $0.start < $1.start })
    }

    /// States of windows before this one are of no use any more.
    package var firstOpen: Timestamp? {
        windows.lazy.filter(isNear).map(\.start).min().map(Timestamp.init(milliseconds:))
    }

    /// After a restart: `windows` as `take` gave them.
    package mutating func reopen(_ stored: [OpenWindow]) throws(WireError) {
        for window in stored where windows.count < Self.openLimit {
            windows.append(try TrafficWindow(start: window.start.milliseconds, state: window.state))
        }
        closeOld()
    }

    /// The place of the window of a moment in milliseconds, opened where it was not.
    @inline(__always)
    private mutating func window(of time: Int64) -> Int {
        if current < windows.count {
            let offset = time &- windows[current].start
            if offset >= 0, offset < Self.windowMilliseconds { return current }
        }
        return turn(to: time)
    }

    private mutating func turn(to time: Int64) -> Int {
        let rest = time % Self.windowMilliseconds
        let start = time - (rest < 0 ? rest + Self.windowMilliseconds : rest)
        if let open = windows.firstIndex(where: { $0.start == start }) {
            current = open
        } else {
            makeRoom()
            windows.append(TrafficWindow(start: start))
            current = windows.count - 1
        }
        return current
    }

    private mutating func makeRoom() {
        while windows.count >= Self.openLimit || windows.reduce(0, { $0 + $1.clients.memory }) > Self.clientMemoryLimit
        {
            guard let furthest = windows.indices.max(by: { distance(windows[$0]) < distance(windows[$1]) }) else {
                return
            }
            close(furthest)
        }
    }

    private mutating func closeOld() {
        guard let watermark else { return }
        for place in windows.indices.reversed() {
            let end = windows[place].start / 1_000 + Self.windowMilliseconds / 1_000 + shiftSeconds
            if end < watermark - Self.openSeconds { close(place) }
        }
    }

    private mutating func close(_ place: Int) {
        if windows[place].isTouched { closed.append(windows[place].takeDelta()) }
        windows.remove(at: place)
        current = 0
    }

    /// Seconds from the watermark; without one, the first windows are the furthest.
    private func distance(_ window: TrafficWindow) -> Int64 {
        guard let watermark else { return -window.start / 1_000 }
        return abs(window.start / 1_000 + shiftSeconds - watermark)
    }

    private func isNear(_ window: TrafficWindow) -> Bool {
        distance(window) <= Self.openSeconds + Self.windowMilliseconds / 1_000
    }
}

/// What a window that is still open must not lose in a restart: its clients, and which of its sections have names.
package struct OpenWindow: Equatable, Sendable {
    package var start: Timestamp
    package var state: [UInt8]

    package init(start: Timestamp, state: [UInt8]) {
        self.start = start
        self.state = state
    }
}
