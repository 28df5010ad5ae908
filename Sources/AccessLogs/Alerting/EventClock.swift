package import Wire

/// Tells where a log is in time, by when its lines come: whether they are live, and up to which second they are complete.
///
/// A log's own clock or zone may be off by hours, its writer may buffer lines, single lines may have any time, and either
/// clock may be set. So lines are measured only in live reads (this read and the one before, shortly before, had reached
/// the end of the log), where what is new has just been written:
/// - `shiftSeconds` moves the lines' time to ours. It changes when most lines of several live reads agree on another one,
///   as after a change of daylight saving time; it is 0 for a log that is less than a minute off from the beginning.
/// - the *lag* is how old the newest line is when it is read, the smallest of the last reads; it takes up what is left.
/// - the *delay* is how much later than others lines come, as those of a writer that flushes every 5 seconds.
///
/// A second is complete when our clock, less lag and delay, is past it. Lines that are read while catching up are placed by
/// the shift that is known, and measure nothing.
package struct EventClock: Sendable {
    /// To be added to a line's time to get ours.
    package internal(set) var shiftSeconds: Int64 = 0
    /// Where the log has got to, in seconds of our time.
    package var watermark: Int64? { progress.second }

    var progress = LogProgress()
    /// In milliseconds, of live reads that had lines: of a minute, and of five.
    var lags = RecentExtreme(.lowest, of: 6)
    var delays = RecentExtreme(.highest, of: 30)
    var candidate: ShiftCandidate?
    /// When the log was last read to its end; nil when there was more.
    var lastEnd: Timestamp?
    /// The newest second of a live line, in the log's own time.
    var newestLive: Int64?
    /// Lines of this read by their own second, as long as it may be a live one.
    var unplaced = SecondCounts()
    private var isCatchingUp = true
    /// The last second that was reported as complete; nil when the log has to be caught up with first.
    var reported: Int64?

    /// Reads further apart are not live.
    let liveGapMilliseconds: Int64

    /// - Parameter interval: between two reads of the log.
    package init(interval: Duration = .seconds(5)) {
        liveGapMilliseconds = max(60_000, 3 * interval.components.seconds * 1_000)
    }

    /// - Parameters:
    ///   - second: the lines' own.
    ///   - window: the hits are added to it by our time, now or when the read ends.
    package mutating func saw(
        _ hits: UInt64,
        at second: Int64,
        arrival: Timestamp,
        into window: inout HighTrafficWindow
    ) {
        progress.saw(hits, at: second + shiftSeconds, arrival: arrival)
        if let lastEnd, !isCatchingUp {
            isCatchingUp = !isLive(arrival, after: lastEnd)
        } else {
            isCatchingUp = true
        }
        if isCatchingUp || unplaced.isFull {
            isCatchingUp = true
            place(unplaced, arrival: arrival, into: &window)
            unplaced.removeAll()
            place(hits, at: second, arrival: arrival, into: &window)
        } else {
            unplaced.add(hits, at: second)
        }
    }

    /// To be called at the end of each read of the log.
    /// - Parameter isAtEnd: everything that was there has been read.
    /// - Returns: the seconds of our time that became complete; nil while the log is not followed live, and where nobody can
    ///   tell.
    package mutating func endRead(
        at now: Timestamp,
        isAtEnd: Bool,
        into window: inout HighTrafficWindow
    ) -> ClosedRange<Int64>? {
        var complete: ClosedRange<Int64>?
        if isAtEnd, !isCatchingUp, let lastEnd, isLive(now, after: lastEnd) {
            measure(at: now, after: lastEnd, into: &window)
            if !isUncertain(at: now), now >= lastEnd { complete = report(at: now, after: lastEnd) }
        } else {
            place(unplaced, arrival: now, into: &window)
            reported = nil
        }
        unplaced.removeAll()
        lastEnd = isAtEnd ? now : nil
        isCatchingUp = !isAtEnd
        return complete
    }

    /// While lines come that do not fit what is known of the clocks. When they stop coming, the log is quiet all the same.
    private func isUncertain(at now: Timestamp) -> Bool {
        guard let candidate else { return false }
        return abs(now.milliseconds - candidate.last.milliseconds) <= liveGapMilliseconds
    }

    /// The seconds that became complete since the last report, or since the log was caught up with.
    private mutating func report(at now: Timestamp, after lastEnd: Timestamp) -> ClosedRange<Int64>? {
        let complete = completeSecond(at: now)
        var first = (reported ?? completeSecond(at: lastEnd)) + 1
        // Our clock was set back.
        if first > complete + 120 { first = complete }
        // As many as there can be between two live reads.
        first = max(first, complete - liveGapMilliseconds / 1_000 - 120)
        guard first <= complete else { return nil }
        reported = complete
        return first...complete
    }

    /// The last second, by our time, of which all lines should have come.
    package func completeSecond(at now: Timestamp) -> Int64 {
        let milliseconds = now.milliseconds - (lags.value ?? 0) - delayMilliseconds
        return floorDivide(milliseconds, by: 1_000) - 1
    }

    /// How much later than others lines come: 1 s…60 s.
    var delayMilliseconds: Int64 {
        min(max((delays.value ?? 0) + 1_000, 1_000), 60_000)
    }

    /// Lines of the future are of no known clock.
    func place(_ hits: UInt64, at second: Int64, arrival: Timestamp, into window: inout HighTrafficWindow) {
        let ours = second + shiftSeconds
        let ahead = max(-(lags.value ?? 0), 0) + 10_000
        if ours * 1_000 <= arrival.milliseconds + ahead { window.add(hits, at: ours) }
    }

    func place(_ seconds: SecondCounts, arrival: Timestamp, into window: inout HighTrafficWindow) {
        for element in seconds.elements {
            place(element.hits, at: element.second, arrival: arrival, into: &window)
        }
    }

    private func isLive(_ now: Timestamp, after lastEnd: Timestamp) -> Bool {
        let gap = now.milliseconds - lastEnd.milliseconds
        return gap <= liveGapMilliseconds
    }
}

/// Rounds towards the past.
func floorDivide(_ value: Int64, by divisor: Int64) -> Int64 {
    let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
    return rest < 0 ? quotient - 1 : quotient
}
