/// Cuts a line of a W3C Extended log into columns: words between runs of spaces and tabs, and strings between quotes, in
/// which a doubled quote stands for one.
struct W3CColumns {
    let line: LineBytes
    /// Where the next column is looked for.
    var position: Int

    enum Column {
        /// Without its quotes.
        case value(Range<Int>)
        /// A quote that does not end, or something right behind the one that ends.
        case unclosed
        case none
    }

    init(_ line: LineBytes) {
        self.line = line
        position = line.start
    }

    @inline(__always)
    mutating func next() -> Column {
        while position < line.end, isBlank(line[position]) { position &+= 1 }
        guard position < line.end else { return .none }
        if line[position] == .quote { return nextQuoted() }
        let start = position
        while position < line.end, !isBlank(line[position]) { position &+= 1 }
        return .value(start..<position)
    }

    private mutating func nextQuoted() -> Column {
        let start = position + 1
        var quote = line.firstPosition(of: .quote, from: start)
        while quote + 1 < line.end, line[quote + 1] == .quote {
            quote = line.firstPosition(of: .quote, from: quote + 2)
        }
        guard quote < line.end, quote + 1 == line.end || isBlank(line[quote + 1]) else { return .unclosed }
        position = quote + 1
        return .value(start..<quote)
    }

    @inline(__always)
    private func isBlank(_ byte: UInt8) -> Bool {
        byte == .space || byte == .tab
    }
}

/// A line of a W3C Extended log: the columns that have a role. As many columns as `#Fields` has names, or the line is
/// refused: one more or less would shift what follows under other names.
struct W3CLine {
    /// Where each role's value is; empty for `-`, for "" and where there is no such column.
    var date = 0..<0
    var time = 0..<0
    var client = 0..<0
    var method = 0..<0
    var target = 0..<0
    var status = 0..<0
    var bytes = 0..<0
    var duration = 0..<0
    var userAgent = 0..<0
    /// Empty where the target is none.
    var section = 0..<0

    var statusCode: UInt16 = 0
    var byteCount: UInt64 = 0
    var durationMicroseconds: UInt64?
    /// Milliseconds since 1970.
    var moment: Int64 = 0

    /// Where reading failed.
    var position = 0

    @inline(__always)
    mutating func read(_ line: LineBytes, _ fields: W3CFields, _ clock: inout W3CClock) -> UnreadReason? {
        position = line.start
        guard fields.areOfRequests else { return .noFields }
        if let reason = readColumns(line, fields) { return reason }
        if !status.isEmpty {
            guard status.count <= 3, let code = line.number(in: status) else {
                position = status.lowerBound
                return .badStatus
            }
            statusCode = UInt16(truncatingIfNeeded: code)
        }
        if !bytes.isEmpty {
            guard let count = line.number(in: bytes) else {
                position = bytes.lowerBound
                return .badBytes
            }
            byteCount = count
        }
        // A duration that is no number costs the duration, not the request.
        durationMicroseconds = W3CDuration.microseconds(
            duration,
            in: line,
            isMilliseconds: fields.durationIsMilliseconds
        )
        section =
            RequestTarget.section(of: target, in: line)
            ?? (fields.targetIsURI ? RequestTarget.sectionOfURIWithoutScheme(target, in: line) : nil)
            ?? target.lowerBound..<target.lowerBound
        return readTime(line, fields, &clock)
    }

    @inline(__always)
    private mutating func readColumns(_ line: LineBytes, _ fields: W3CFields) -> UnreadReason? {
        // Kept by the line's fields for as long as they are read.
        fields.roles.withUnsafeBufferPointer { roles in
            var columns = W3CColumns(line)
            for role in roles {
                switch columns.next() {
                case .none:
                    position = line.end
                    return .tooFewFields
                case .unclosed:
                    position = columns.position
                    return .unclosedQuote
                case .value(let value):
                    keep(line.isHyphen(value) ? value.lowerBound..<value.lowerBound : value, as: role)
                }
            }
            let end = columns.position
            switch columns.next() {
            case .none: return nil
            case .unclosed, .value:
                position = line.skippingBlanks(from: end)
                return .tooManyFields
            }
        }
    }

    @inline(__always)
    private mutating func keep(_ value: Range<Int>, as role: W3CFields.Role) {
        switch role {
        case .other: break
        case .date: date = value
        case .time: time = value
        case .client: client = value
        case .method: method = value
        case .target: target = value
        case .status: status = value
        case .bytes: bytes = value
        case .duration: duration = value
        case .userAgent: userAgent = value
        }
    }

    @inline(__always)
    private mutating func readTime(_ line: LineBytes, _ fields: W3CFields, _ clock: inout W3CClock) -> UnreadReason? {
        guard let timeOfDay = W3CClock.timeOfDay(time, in: line) else {
            position = time.lowerBound
            return .badTime
        }
        if fields.hasDate {
            guard let day = clock.day(date, in: line) else {
                position = date.lowerBound
                return .badTime
            }
            moment = day &+ timeOfDay
            return nil
        }
        guard let moment = clock.moment(atTimeOfDay: timeOfDay) else {
            position = time.lowerBound
            return .noDate
        }
        self.moment = moment
        return nil
    }
}

extension LineBytes {
    func skippingBlanks(from position: Int) -> Int {
        var position = position
        while position < end, self[position] == .space || self[position] == .tab { position += 1 }
        return position
    }
}
