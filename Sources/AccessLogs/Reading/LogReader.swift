package import Wire

/// Turns the bytes of a log into numbers: lines, parser of the file they are in, skip rules, counting. A value without I/O
/// or a clock; host threads and `metricsd watch` feed it alike:
///
///     reader.read(bytes, file: 1, arrival: now)    // for each piece that was read
///     reader.endRead(at: now, isAtEnd: true)       // when the read of the log ends
///     let reading = reader.takeReading()           // at any time: what came since the last one
///
/// Its state (`encodeState`) together with the windows of the readings taken so far is all that a restart needs; both go
/// with the cursors into one transaction.
package struct LogReader: Sendable {
    package enum Counting: Sendable {
        /// Windows of 10 seconds, for `takeReading().deltas`.
        case windows
        /// `TrafficTotals`, for `takeTotals()`.
        case totals
    }

    /// What was read of one file so far.
    struct File: Sendable {
        var number: UInt32
        var parser: AccessLogParser
    }

    package let format: AccessLogFormat
    package let skips: [SkipRule]
    /// Lengths of the windows whose levels are told, in seconds.
    package let levelWindows: [Int]
    /// Length of the batches that the lines are stored in; nil where they are not.
    package let storeWindow: Duration?
    /// Lines of a later time go by arrival in batches, as those without a time; nil believes every time. Traffic is counted
    /// by the lines' times all the same.
    package var latestBelievableTime: Timestamp?
    let counting: Counting

    var files: [File] = []
    var clock: EventClock
    var window: HighTrafficWindow
    var counter = TrafficCounter()
    var totals = TrafficTotals()
    var arrivals = LineArrivals()
    var segments: [LineSegment] = []
    /// Plain lines that were told of.
    var plainTaken: UInt64 = 0
    /// What was last said about a file's format.
    var decision: String?
    private var decisions: [String] = []
    private var levels: [TrafficLevel] = []

    /// - Parameters:
    ///   - levelWindows: of the `high_traffic` alerts on the log; each is bounded to 1 s…1 h.
    ///   - interval: between two reads.
    ///   - storeWindow: of the log's `<store>`; only with `Counting.windows`.
    package init(
        format: AccessLogFormat,
        skips: [SkipRule] = [],
        levelWindows: [Duration] = [],
        interval: Duration = .seconds(5),
        storeWindow: Duration? = nil,
        counting: Counting
    ) {
        self.format = format
        self.skips = skips
        self.storeWindow = storeWindow
        self.counting = counting
        let lengths = levelWindows.map { Int(min(max($0.components.seconds, 1), 3_600)) }
        self.levelWindows = Set(lengths).sorted()
        clock = EventClock(interval: interval)
        window = HighTrafficWindow(longestSeconds: lengths.max() ?? 1)
    }

    /// - Parameters:
    ///   - bytes: whole lines with their line ends; the last of a finished file may lack its own.
    ///   - file: its number, as in `LogCursor`.
    ///   - header: the `#` lines at the file's beginning, where `bytes` begin behind them.
    ///   - longLines: lines above the limit that are not in `bytes`.
    package mutating func read(
        _ bytes: UnsafeRawBufferPointer,
        file: UInt32,
        header: [UInt8] = [],
        longLines: UInt32 = 0,
        arrival: Timestamp
    ) {
        let place = openFile(file)
        var parser = files[place].parser
        header.withUnsafeBytes { header in
            for line in Lines(in: header) { _ = parser.read(line) }
        }
        switch counting {
        case .windows: readLines(bytes, with: &parser, arrival: arrival)
        case .totals: readLinesIntoTotals(bytes, with: &parser, arrival: arrival)
        }
        if longLines > 0 { countLongLines(UInt64(longLines), arrival: arrival) }
        files[place].parser = parser
        noteDecision(of: parser)
    }

    package mutating func read(_ chunk: LogChunk, arrival: Timestamp) {
        chunk.bytes.withUnsafeBytes { bytes in
            read(bytes, file: chunk.fileNumber, header: chunk.header, longLines: chunk.longLines, arrival: arrival)
        }
        keepFiles(of: chunk.cursors)
    }

    /// The segments of the last piece that was read, for batches of `storeWindow`.
    package mutating func takeSegments() -> [LineSegment] {
        var taken: [LineSegment] = []
        swap(&taken, &segments)
        return taken
    }

    /// The directives in force in a file behind what was read of it, see `AccessLogParser.header`. A batch that begins
    /// within the last piece takes its segment's header instead.
    package func header(ofFile number: UInt32) -> [UInt8] {
        files.first { $0.number == number }?.parser.header ?? []
    }

    /// To be called when a read of the log ends, whether lines came or not: levels are told by it.
    /// - Parameter isAtEnd: everything that was there has been read; not when the log could not be read.
    package mutating func endRead(at now: Timestamp, isAtEnd: Bool) {
        let complete = clock.endRead(at: now, isAtEnd: isAtEnd, into: &window)
        counter.shiftSeconds = clock.shiftSeconds
        counter.watermark = clock.watermark
        guard let complete else { return }
        for second in complete {
            for length in levelWindows { levels.append(window.level(windowSeconds: length, at: second)) }
        }
    }

    /// What the files' lines were found to be is forgotten for files that have no cursor any more.
    package mutating func keepFiles(of cursors: [LogCursor]) {
        files.removeAll { file in !cursors.contains { $0.fileNumber == file.number } }
    }

    package mutating func takeReading() -> LogReading {
        var reading = LogReading()
        if counting == .windows {
            (reading.deltas, reading.windows) = counter.take()
            reading.windowsForgottenBefore = counter.firstOpen
        }
        swap(&reading.levels, &levels)
        swap(&reading.decisions, &decisions)
        reading.arrivals = arrivals
        reading.plainLines = arrivals.plain &- plainTaken
        plainTaken = arrivals.plain
        return reading
    }

    /// The totals since the last call.
    package mutating func takeTotals() -> TrafficTotals {
        var taken = TrafficTotals()
        swap(&taken, &totals)
        return taken
    }

    private mutating func openFile(_ number: UInt32) -> Int {
        if let place = files.firstIndex(where: { $0.number == number }) { return place }
        var parser = AccessLogParser(format)
        // A file that was truncated under its writer goes on without a header.
        if let before = files.filter({ $0.number < number }).max(by: { $0.number < $1.number }) {
            parser.inherit(before.parser)
        }
        files.append(File(number: number, parser: parser))
        return files.count - 1
    }

    private mutating func noteDecision(of parser: AccessLogParser) {
        guard format == .auto, let decided = parser.decided, decided != decision else { return }
        decision = decided
        decisions.append(decided)
    }
}
