import Wire

/// Another time that the lines of live reads agree on. It has to last before it is believed.
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
    /// Its oldest line at first, by its own second.
    var oldest: Int64
}

extension EventClock {
    /// What single lines may be off before they are odd, in milliseconds.
    private static let tolerance: Int64 = 60_000
    /// Zones are whole quarters of an hour apart.
    private static let quarterSeconds: Int64 = 900

    /// Places the lines of a live read, and learns from them.
    mutating func measure(at now: Timestamp, after lastEnd: Timestamp, into window: inout HighTrafficWindow) {
        guard !unplaced.isEmpty else { return }
        let gap = max(now.milliseconds - lastEnd.milliseconds, 0)
        let known = lags.value ?? 0
        let oldest = now.milliseconds - max(known, 0) - gap - Self.tolerance
        let newest = now.milliseconds - min(known, 0) + (lags.value == nil ? Self.tolerance : 10_000)
        let shift = shiftSeconds
        let fits = { (second: Int64) in oldest <= (second + shift) * 1_000 && (second + shift) * 1_000 <= newest }
        let fitting = unplaced.filter(fits)
        let strange = unplaced.filter { !fits($0) }
        if fitting.hits < strange.hits {
            place(fitting, arrival: now, into: &window)
            consider(strange, at: now, gap: gap, into: &window)
        } else if isLate(fitting, at: now, gap: gap) {
            place(strange, arrival: now, into: &window)
            consider(fitting, at: now, gap: gap, into: &window)
        } else {
            abandonCandidate(at: now, into: &window)
            place(unplaced, arrival: now, into: &window)
            learn(fitting, at: now, after: lastEnd)
        }
    }

    /// Even the newest of the lines are older than lag and delay explain: they were held up, or a clock was set by some
    /// seconds. Only the latter lasts.
    private func isLate(_ lines: SecondCounts, at now: Timestamp, gap: Int64) -> Bool {
        guard let known = lags.value, let lag = lag(of: lines, at: now) else { return false }
        return lag > known + gap / 10 + delayMilliseconds + 5_000
    }

    /// Not of the very newest where there are many: a few odd lines teach nothing.
    private func lag(of lines: SecondCounts, at now: Timestamp) -> Int64? {
        lines.second(atShare: 0.9).map { now.milliseconds - ($0 + shiftSeconds) * 1_000 }
    }

    private mutating func learn(_ lines: SecondCounts, at now: Timestamp, after lastEnd: Timestamp) {
        guard let lag = lag(of: lines, at: now), let oldest = lines.second(atShare: 0.05) else { return }
        newestLive = lines.second(atShare: 0.9)
        lags.note(lag, at: now)
        // What was written before the last read ended would have been in that one.
        let expected = lastEnd.milliseconds - (lags.value ?? 0)
        delays.note(min(max(expected - (oldest + shiftSeconds) * 1_000 - 1_000, 0), 60_000), at: now)
    }

    private mutating func consider(
        _ lines: SecondCounts,
        at now: Timestamp,
        gap: Int64,
        into window: inout HighTrafficWindow
    ) {
        guard let median = lines.second(atShare: 0.5) else { return }
        let reach = (gap + Self.tolerance) / 1_000
        let cluster = lines.filter { abs($0 - median) <= reach }
        guard let lag = lag(of: cluster, at: now), let oldest = cluster.second(atShare: 0.05) else { return }

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
            candidate = ShiftCandidate(since: now, last: now, reads: 1, lag: lag, lines: cluster, oldest: oldest)
        }
        if let candidate, candidate.reads >= ShiftCandidate.readsToAgree,
            now.milliseconds - candidate.since.milliseconds >= ShiftCandidate.millisecondsToLast
        {
            adopt(candidate, at: now, into: &window)
        }
    }

    private mutating func adopt(_ candidate: ShiftCandidate, at now: Timestamp, into window: inout HighTrafficWindow) {
        let step = step(to: candidate)
        shiftSeconds += step
        lags.begin(with: [candidate.lag - step * 1_000])
        self.candidate = nil
        // Either clock may have been set. If it was ours, or if all lines take another time to come, the lines' own times
        // went on, and what was placed by the old shift moves with it.
        if let newestLive, abs(candidate.oldest - newestLive) < abs(candidate.oldest + step - newestLive) {
            window.move(by: step)
            progress.second = progress.second.map { $0 + step }
            reported = reported.map { $0 + step }
        }
        newestLive = candidate.lines.second(atShare: 0.9)
        place(candidate.lines, arrival: now, into: &window)
    }

    /// Seconds to add to the shift.
    private func step(to candidate: ShiftCandidate) -> Int64 {
        guard let known = lags.value else {
            // What is left of a zone is lag, as long as nothing else is known.
            let exact = shiftSeconds + floorDivide(candidate.lag + 500, by: 1_000)
            return rounded(exact, within: 90) - shiftSeconds
        }
        let exact = floorDivide(candidate.lag - known + 500, by: 1_000)
        let step = abs(exact) < Self.quarterSeconds / 2 ? exact : rounded(exact, within: 30)
        return rounded(shiftSeconds + step, within: 5) - shiftSeconds
    }

    /// To quarters of an hour, where one is near.
    private func rounded(_ seconds: Int64, within tolerance: Int64) -> Int64 {
        let quarter = floorDivide(seconds + Self.quarterSeconds / 2, by: Self.quarterSeconds) * Self.quarterSeconds
        return abs(seconds - quarter) <= tolerance ? quarter : seconds
    }

    /// Its lines were odd or late ones; those that are not of the future count for their seconds.
    private mutating func abandonCandidate(at now: Timestamp, into window: inout HighTrafficWindow) {
        guard let candidate else { return }
        self.candidate = nil
        place(candidate.lines, arrival: now, into: &window)
    }
}
