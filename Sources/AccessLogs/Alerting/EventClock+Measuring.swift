import Wire

/// Another shift that lines of live reads agree on. It has to last before it is taken.
struct ShiftCandidate: Equatable, Sendable {
    static let readsToAgree = 3
    static let millisecondsToLast: Int64 = 15_000

    var since: Timestamp
    var last: Timestamp
    var reads: Int
    /// How old the newest line was at its reading, by the shift of now; the smallest.
    var lag: Int64
    /// Its lines, by their own second.
    var lines: SecondCounts
    /// The first read's newest line, by its own second.
    var firstNewest: Int64
}

extension EventClock {
    /// What single lines may be off before they are odd, in milliseconds.
    private static let tolerance: Int64 = 60_000
    /// Zones are whole quarters of an hour apart: what is left of a shift near one is lag.
    private static let quarterSeconds: Int64 = 900
    private static let quarterTolerance: Int64 = 90

    /// Places the lines of a live read, and learns from them.
    /// - Returns: by how many seconds our own clock was set.
    mutating func measure(at now: Timestamp, after lastEnd: Timestamp, into window: inout HighTrafficWindow) -> Int64 {
        guard !unplaced.isEmpty else { return 0 }
        let gap = max(now.milliseconds - lastEnd.milliseconds, 0)
        let lag = lags.min() ?? 0
        let oldest = now.milliseconds - max(lag, 0) - gap - Self.tolerance
        let newest = now.milliseconds - min(lag, 0) + (lags.isEmpty ? Self.tolerance : 10_000)
        let shift = shiftSeconds
        let fitting = unplaced.filter { oldest <= ($0 + shift) * 1_000 && ($0 + shift) * 1_000 <= newest }
        if fitting.hits * 2 >= unplaced.hits {
            abandonCandidate(at: now, into: &window)
            place(unplaced, arrival: now, into: &window)
            learn(fitting, at: now, after: lastEnd)
            return 0
        }
        place(fitting, arrival: now, into: &window)
        let strangers = unplaced.filter { ($0 + shift) * 1_000 < oldest || newest < ($0 + shift) * 1_000 }
        return consider(strangers, at: now, gap: gap, into: &window)
    }

    private mutating func learn(_ lines: SecondCounts, at now: Timestamp, after lastEnd: Timestamp) {
        // Not the very newest and oldest where there are many: a few odd lines teach nothing.
        guard let newest = lines.second(atShare: 0.9), let oldest = lines.second(atShare: 0.05) else { return }
        newestLive = newest
        lags.append(now.milliseconds - (newest + shiftSeconds) * 1_000)
        if lags.count > 8 { lags.removeFirst() }
        // What was written before the last read ended would have been in that one.
        let expected = lastEnd.milliseconds - (lags.min() ?? 0)
        delays.append(min(max(expected - (oldest + shiftSeconds) * 1_000 - 1_000, 0), 60_000))
        if delays.count > 16 { delays.removeFirst() }
    }

    private mutating func consider(
        _ strangers: SecondCounts,
        at now: Timestamp,
        gap: Int64,
        into window: inout HighTrafficWindow
    ) -> Int64 {
        guard let median = strangers.second(atShare: 0.5) else { return 0 }
        let reach = (gap + Self.tolerance) / 1_000
        let cluster = strangers.filter { abs($0 - median) <= reach }
        guard let newest = cluster.second(atShare: 0.9) else { return 0 }
        let lag = now.milliseconds - (newest + shiftSeconds) * 1_000

        if var candidate, abs(lag - candidate.lag) <= 15_000 + gap {
            candidate.last = now
            candidate.reads += 1
            candidate.lag = min(candidate.lag, lag)
            for element in cluster.elements where !candidate.lines.isFull {
                candidate.lines.add(element.hits, at: element.second)
            }
            self.candidate = candidate
        } else {
            abandonCandidate(at: now, into: &window)
            candidate = ShiftCandidate(since: now, last: now, reads: 1, lag: lag, lines: cluster, firstNewest: newest)
        }
        guard let candidate, candidate.reads >= ShiftCandidate.readsToAgree,
            now.milliseconds - candidate.since.milliseconds >= ShiftCandidate.millisecondsToLast
        else { return 0 }
        return adopt(candidate, at: now, into: &window)
    }

    private mutating func adopt(
        _ candidate: ShiftCandidate,
        at now: Timestamp,
        into window: inout HighTrafficWindow
    ) -> Int64 {
        let old = shiftSeconds
        let exact = old + floorDivide(candidate.lag + 500, by: 1_000)
        let quarter = floorDivide(exact + Self.quarterSeconds / 2, by: Self.quarterSeconds) * Self.quarterSeconds
        shiftSeconds = abs(exact - quarter) <= Self.quarterTolerance ? quarter : exact
        let step = shiftSeconds - old
        lags = [candidate.lag - step * 1_000]
        self.candidate = nil

        // Either clock may have been set. If it was ours, the lines' own times went on, and all that was placed by our
        // old clock moves with it.
        var moved: Int64 = 0
        if let newestLive {
            let ownGap = abs(candidate.firstNewest - newestLive)
            if ownGap < abs(candidate.firstNewest + step - newestLive) {
                moved = step
                window.move(by: step)
                progress.second = progress.second.map { $0 + step }
            }
        }
        newestLive = candidate.lines.second(atShare: 0.9)
        place(candidate.lines, arrival: now, into: &window)
        return moved
    }

    /// Its lines were odd or late ones; those that are not of the future count for their seconds.
    private mutating func abandonCandidate(at now: Timestamp, into window: inout HighTrafficWindow) {
        guard let candidate else { return }
        self.candidate = nil
        place(candidate.lines, arrival: now, into: &window)
    }
}
