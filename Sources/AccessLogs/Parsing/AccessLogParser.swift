/// Reads the lines of one file of a log, in their order. A value: what it knows of the file so far can be kept with the
/// cursor (`encode`), so that reading goes on in mid-file with the same `#Fields` and date.
///
/// Three readers do the work, one to a folder: `CommonLogLine` (common and combined), `W3CLine` with `W3CFields` and
/// `W3CClock`, and `PlainTime`. A line tells the former's shape by itself, and a W3C log announces itself by directives, so `auto` never
/// has to guess what the next line is: see `LineKinds` for what it says about the file.
package struct AccessLogParser {
    /// Lines above it are refused, in bytes without what is ignored around a line.
    package static let longestLine = 64 << 10

    /// A longer `#Fields` is none: it is kept with every batch that its lines are in.
    static let longestFields = 8 << 10

    package enum Reading: Equatable, Sendable {
        case request(AccessLogEntry)
        /// A line of `plain`, with the time at its beginning in milliseconds since 1970, where it has one.
        case plain(time: Int64?)
        /// A line of the log about itself: `#Fields`, `#Date`, a remark.
        case directive
        case empty
        case unread(UnreadReason)
    }

    package let format: AccessLogFormat

    var fields: W3CFields?
    var clock = W3CClock()
    var commonTime = CommonLogTime()
    var plainTime = PlainTime()
    var kinds = LineKinds()

    package init(_ format: AccessLogFormat) {
        self.format = format
    }

    /// Begins with what the file before this one had: fields and date hold until directives say otherwise.
    package mutating func inherit(_ former: AccessLogParser) {
        fields = former.fields
        clock = former.clock
    }

    /// Reads a line without its newline. A carriage return at its end and NULs at its beginning are ignored; ranges of
    /// the entry count from the first byte of `line` all the same.
    package mutating func read(_ line: UnsafeRawBufferPointer) -> Reading {
        guard let line = LineBytes(line) else { return .empty }
        if line.count > Self.longestLine { return unread(.tooLong) }
        switch format {
        case .common: return readCommon(line, .common)
        case .combined: return readCommon(line, .combined)
        case .w3c: return readW3C(line)
        case .auto: return readAuto(line)
        case .plain: return readPlain(line)
        }
    }

    // MARK: - One format each

    @inline(__always)
    private mutating func readAuto(_ line: LineBytes) -> Reading {
        if fields == nil, line[line.start] != .numberSign { return readCommon(line, .either) }
        return readAnnounced(line)
    }

    /// A file in which a `#` line was met.
    private mutating func readAnnounced(_ line: LineBytes) -> Reading {
        if line[line.start] == .numberSign {
            // `#` begins a comment or a binary file elsewhere: until fields are named only directives count.
            guard fields != nil || W3CDirective(line) != nil else { return unread(.unknownFormat) }
            return readDirective(line)
        }
        let reading = readW3C(line)
        guard case .unread(let reason) = reading else { return reading }
        // A file that two servers wrote, or a configuration that was changed.
        var common = CommonLogLine()
        guard common.read(line, .either, &commonTime) == nil else { return .unread(reason) }
        return request(common, in: line)
    }

    @inline(__always)
    private mutating func readCommon(_ line: LineBytes, _ expectation: CommonLogLine.Expectation) -> Reading {
        var common = CommonLogLine()
        if let reason = common.read(line, expectation, &commonTime) {
            return line.isBlank ? .empty : unread(reason)
        }
        return request(common, in: line)
    }

    @inline(__always)
    private mutating func readW3C(_ line: LineBytes) -> Reading {
        if line[line.start] == .numberSign { return readDirective(line) }
        var columns = W3CLine()
        guard let fields else { return line.isBlank ? .empty : unread(.noFields) }
        if let reason = columns.read(line, fields, &clock) {
            return line.isBlank ? .empty : unread(reason)
        }
        kinds.note(.w3c)
        return .request(AccessLogEntry(columns, in: line))
    }

    @inline(never)
    private mutating func readPlain(_ line: LineBytes) -> Reading {
        if line.isBlank { return .empty }
        return .plain(time: plainTime.read(line, &commonTime))
    }

    private mutating func readDirective(_ line: LineBytes) -> Reading {
        guard let directive = W3CDirective(line) else { return .directive }
        switch directive.name {
        case .fields where directive.value.count > Self.longestFields: break
        case .fields:
            let text = Array(UnsafeRawBufferPointer(start: line.base, count: line.end)[directive.value])
            // IIS repeats its header at every start.
            if fields?.text != text { fields = W3CFields(text) }
        case .date: clock.readDirective(directive.value, in: line)
        case .other: break
        }
        return .directive
    }

    // MARK: - What came of it

    @inline(__always)
    private mutating func request(_ common: CommonLogLine, in line: LineBytes) -> Reading {
        kinds.note(common)
        return .request(AccessLogEntry(common, in: line))
    }

    @inline(never)
    private mutating func unread(_ reason: UnreadReason) -> Reading {
        kinds.noteUnread()
        return .unread(reason)
    }
}

extension AccessLogEntry {
    @inline(__always)
    init(_ common: CommonLogLine, in line: LineBytes) {
        let request = RequestLine(common.request, in: line)
        self.init(
            time: common.time,
            status: common.statusCode,
            bytes: common.byteCount,
            client: common.prefix.client,
            method: request.method,
            target: request.target,
            section: request.section,
            userAgent: line.isHyphen(common.userAgent)
                ? common.userAgent.lowerBound..<common.userAgent.lowerBound : common.userAgent
        )
    }

    @inline(__always)
    init(_ columns: W3CLine, in line: LineBytes) {
        self.init(
            time: columns.moment,
            status: columns.statusCode,
            bytes: columns.byteCount,
            durationMicroseconds: columns.durationMicroseconds,
            client: columns.client,
            method: columns.method,
            target: columns.target,
            section: columns.section,
            userAgent: columns.userAgent
        )
    }
}

extension LineBytes {
    /// Nothing but spaces and tabs.
    var isBlank: Bool { skippingBlanks(from: start) == end }
}
