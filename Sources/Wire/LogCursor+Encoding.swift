extension LogCursor {
    /// What one takes at most in a message, with hashes of 16 bytes.
    static let encodedSizeLimit = 112

    /// The journal keeps cursors in this form, too.
    package func encode(into writer: inout ByteWriter) {
        writer.writeVarint(fileNumber)
        writer.writeVarint(device)
        writer.writeVarint(inode)
        writer.writeVarint(offset)
        writer.writeVarint(headStart)
        writer.writeVarint(headLength)
        writer.write(headHash)
        writer.writeVarint(tailLength)
        writer.write(tailHash)
        writer.write(isInLongLine)
        writer.write(isFinished)
        writer.writeVarint(knownSize)
        writer.write(modifiedAt)
    }

    package init(from reader: inout ByteReader) throws(WireError) {
        let fileNumber = try reader.readVarint(as: UInt32.self)
        let device = try reader.readVarint()
        let inode = try reader.readVarint()
        let offset = try reader.readVarint()
        let headStart = try reader.readVarint()
        let headLength = try reader.readVarint(as: UInt16.self)
        let headHash = try reader.readBytes()
        let tailLength = try reader.readVarint(as: UInt16.self)
        let tailHash = try reader.readBytes()
        let isInLongLine = try reader.readBool()
        let isFinished = try reader.readBool()
        let knownSize = try reader.readVarint()
        self.init(
            fileNumber: fileNumber,
            device: device,
            inode: inode,
            offset: offset,
            headStart: headStart,
            headLength: headLength,
            headHash: headHash,
            tailLength: tailLength,
            tailHash: tailHash,
            isInLongLine: isInLongLine,
            isFinished: isFinished,
            knownSize: knownSize,
            modifiedAt: try reader.readInt64()
        )
    }
}

extension ByteWriter {
    package mutating func write(_ cursors: [LogCursor]) {
        writeCount(cursors.count)
        for cursor in cursors { cursor.encode(into: &self) }
    }
}

extension ByteReader {
    package mutating func readLogCursors() throws(WireError) -> [LogCursor] {
        let count = try readCount(ofAtLeast: 20)
        var cursors: [LogCursor] = []
        cursors.reserveCapacity(count)
        for _ in 0..<count { cursors.append(try LogCursor(from: &self)) }
        return cursors
    }
}
