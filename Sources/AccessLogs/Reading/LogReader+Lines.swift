import Wire

extension LogReader {
    /// Hits of one second that follow each other: clocks and windows are told once of all of them.
    private struct Run {
        /// The second's first millisecond.
        var start = Int64.min
        var hits: UInt64 = 0

        @inline(__always)
        func holds(_ time: Int64) -> Bool {
            let offset = time &- start
            return offset >= 0 && offset < 1_000
        }
    }

    @inline(never)
    mutating func readLines(
        _ bytes: UnsafeRawBufferPointer,
        with parser: inout AccessLogParser,
        arrival: Timestamp
    ) {
        // Lines of a run lie in one segment: what may begin another one ends the run.
        var run = Run()
        var cutter = SegmentCutter(bytes, window: storeWindow, latest: latestBelievableTime)
        var number = -1
        let countedBefore = arrivals.counted
        for line in Lines(in: bytes) {
            number &+= 1
            switch parser.read(line) {
            case .request(let entry):
                if isSkipped(entry, in: line) {
                    noteSkipped(arrival)
                    counter.countSkipped(entry)
                    end(&run, arrival: arrival)
                    if cutter.isOn { cutter.note(entry.time, line, number, parser) }
                    continue
                }
                if !run.holds(entry.time) {
                    turn(&run, to: entry.time, arrival: arrival)
                    if cutter.isOn { cutter.note(entry.time, line, number, parser) }
                }
                run.hits &+= 1
                counter.count(entry, in: line)
            case .unread(let reason):
                noteUnread(reason, line, arrival)
                counter.countUnread(arrival: arrival)
                end(&run, arrival: arrival)
                if cutter.isOn { cutter.note(nil, line, number, parser) }
            case .plain(let time):
                arrivals.plain &+= 1
                if cutter.isOn { cutter.note(time, line, number, parser) }
            case .directive:
                end(&run, arrival: arrival)
                cutter.noteDirective(line, number)
            case .empty: cutter.noteEmpty(line, number)
            }
        }
        segments = cutter.finish(lines: number + 1, count: bytes.count)
        finish(run, arrival: arrival, countedBefore: countedBefore)
    }

    @inline(never)
    mutating func readLinesIntoTotals(
        _ bytes: UnsafeRawBufferPointer,
        with parser: inout AccessLogParser,
        arrival: Timestamp
    ) {
        var run = Run()
        let countedBefore = arrivals.counted
        for line in Lines(in: bytes) {
            switch parser.read(line) {
            case .request(let entry):
                if isSkipped(entry, in: line) {
                    noteSkipped(arrival)
                    totals.countSkipped()
                    continue
                }
                if !run.holds(entry.time) { turn(&run, to: entry.time, arrival: arrival) }
                run.hits &+= 1
                totals.count(entry, in: line)
            case .unread(let reason):
                noteUnread(reason, line, arrival)
                totals.countUnread(reason, line: line, arrival: arrival)
            case .plain: arrivals.plain &+= 1
            case .directive, .empty: break
            }
        }
        finish(run, arrival: arrival, countedBefore: countedBefore)
    }

    mutating func countLongLines(_ lines: UInt64, arrival: Timestamp) {
        arrivals.last = arrival
        arrivals.unreadSinceHit &+= lines
        arrivals.unread.count(.tooLong, lines: lines, arrival: arrival)
        switch counting {
        case .windows: counter.countUnread(lines, arrival: arrival)
        case .totals: totals.countUnread(.tooLong, lines: lines, arrival: arrival)
        }
    }

    @inline(__always)
    private func isSkipped(_ entry: AccessLogEntry, in line: UnsafeRawBufferPointer) -> Bool {
        if skips.isEmpty { return false }
        for rule in skips where rule.skips(entry, in: line) { return true }
        return false
    }

    @inline(never)
    private mutating func turn(_ run: inout Run, to time: Int64, arrival: Timestamp) {
        tell(run, arrival: arrival)
        run = Run(start: floorDivide(time, by: 1_000) * 1_000, hits: 0)
    }

    private mutating func end(_ run: inout Run, arrival: Timestamp) {
        tell(run, arrival: arrival)
        run = Run()
    }

    private mutating func tell(_ run: Run, arrival: Timestamp) {
        guard run.hits > 0 else { return }
        arrivals.hits &+= run.hits
        clock.saw(run.hits, at: floorDivide(run.start, by: 1_000), arrival: arrival, into: &window)
        counter.watermark = clock.watermark
    }

    private mutating func finish(_ run: Run, arrival: Timestamp, countedBefore: UInt64) {
        tell(run, arrival: arrival)
        guard arrivals.counted != countedBefore else { return }
        arrivals.last = arrival
        arrivals.lastHit = arrival
        arrivals.skippedSinceHit = 0
        arrivals.unreadSinceHit = 0
    }

    private mutating func noteSkipped(_ arrival: Timestamp) {
        arrivals.last = arrival
        arrivals.skipped &+= 1
        arrivals.skippedSinceHit &+= 1
    }

    private mutating func noteUnread(_ reason: UnreadReason, _ line: UnsafeRawBufferPointer, _ arrival: Timestamp) {
        arrivals.last = arrival
        arrivals.unreadSinceHit &+= 1
        arrivals.unread.count(reason, line: line, arrival: arrival)
    }
}
