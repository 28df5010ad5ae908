extension LogPlan {
    func encode(into writer: inout ByteWriter) {
        writer.write(path)
        writer.write(lineLimitBytes)
        writer.write(rotatedGraceMilliseconds)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        let path = try reader.readString()
        let lineLimit = try reader.readUInt32()
        let grace = try reader.readUInt32()
        self.init(path: path, lineLimitBytes: lineLimit, rotatedGraceMilliseconds: grace)
    }
}

extension LogRead {
    func encode(into writer: inout ByteWriter) {
        writer.writeVarint(log)
        writer.write(start.rawValue)
        writer.write(cursors)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        let log = try reader.readVarint(as: UInt16.self)
        let kind = try reader.readUInt8()
        guard let start = LogStart(rawValue: kind) else { throw .unknownKind(kind) }
        self.init(log: log, start: start, cursors: try reader.readLogCursors())
    }
}

extension LogChunk {
    /// What a chunk takes beside its header and its bytes.
    var overheadBytes: Int { 32 + cursors.count * LogCursor.encodedSizeLimit }

    /// All but the bytes, which come last, so that they need not be copied to their place.
    func encodeFront(into writer: inout ByteWriter) {
        writer.writeVarint(log)
        writer.writeVarint(fileNumber)
        writer.writeVarint(longLines)
        writer.write(cursors)
        writer.write(header)
        writer.writeCount(bytes.count)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        let log = try reader.readVarint(as: UInt16.self)
        let fileNumber = try reader.readVarint(as: UInt32.self)
        let longLines = try reader.readVarint(as: UInt32.self)
        let cursors = try reader.readLogCursors()
        let header = try reader.readBytes()
        self.init(
            log: log,
            fileNumber: fileNumber,
            header: header,
            bytes: try reader.readBytes(),
            longLines: longLines,
            cursors: cursors
        )
    }
}

extension LogsRead {
    func encode(into writer: inout ByteWriter) {
        writer.write(sequence)
        writer.write(readAt)
        writer.writeCount(reports.count)
        for report in reports { report.encode(into: &writer) }
    }

    init(from reader: inout ByteReader) throws(WireError) {
        let sequence = try reader.readUInt32()
        let readAt = try reader.readTimestamp()
        let count = try reader.readCount(ofAtLeast: 9)
        var reports: [LogReport] = []
        reports.reserveCapacity(count)
        for _ in 0..<count { reports.append(try LogReport(from: &reader)) }
        self.init(sequence: sequence, readAt: readAt, reports: reports)
    }
}

extension LogReport {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.writeVarint(log)
        writer.write(condition.rawValue)
        writer.write(errorNumber)
        writer.write(isAtEnd)
        writer.write(cursors)
        writer.writeCount(losses.count)
        for loss in losses { loss.encode(into: &writer) }
    }

    fileprivate init(from reader: inout ByteReader) throws(WireError) {
        let log = try reader.readVarint(as: UInt16.self)
        let kind = try reader.readUInt8()
        guard let condition = Condition(rawValue: kind) else { throw .unknownKind(kind) }
        let errorNumber = try reader.readInt32()
        let isAtEnd = try reader.readBool()
        let cursors = try reader.readLogCursors()
        let count = try reader.readCount(ofAtLeast: 3)
        var losses: [LogLoss] = []
        losses.reserveCapacity(count)
        for _ in 0..<count { losses.append(try LogLoss(from: &reader)) }
        self.init(
            log: log,
            condition: condition,
            errorNumber: errorNumber,
            isAtEnd: isAtEnd,
            cursors: cursors,
            losses: losses
        )
    }
}

extension LogLoss {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(cause.rawValue)
        writer.write(file)
        writer.write(bytes != nil)
        if let bytes { writer.writeVarint(bytes) }
    }

    fileprivate init(from reader: inout ByteReader) throws(WireError) {
        let kind = try reader.readUInt8()
        guard let cause = Cause(rawValue: kind), cause != .tooLong else { throw .unknownKind(kind) }
        let file = try reader.readString()
        let isCounted = try reader.readBool()
        self.init(cause: cause, file: file, bytes: isCounted ? try reader.readVarint() : nil)
    }
}
