extension Reply {
    private enum Kind {
        static let hello: UInt8 = 1
        static let snapshot: UInt8 = 2
        static let logChunk: UInt8 = 3
        static let logsRead: UInt8 = 4
    }

    package func encode() -> [UInt8] {
        switch self {
        case .hello(let identity, let unknownMetrics):
            var writer = ByteWriter(reservingCapacity: 256)
            writer.write(Kind.hello)
            identity.encode(into: &writer)
            writer.writeCount(unknownMetrics.count)
            for metric in unknownMetrics { writer.writeVarint(metric) }
            return writer.bytes
        case .snapshot(let snapshot):
            let outputs = snapshot.commandResults.reduce(0) { $0 + $1.output.count + 32 }
            var writer = ByteWriter(reservingCapacity: 64 + 24 * snapshot.samples.count + outputs)
            writer.write(Kind.snapshot)
            snapshot.encode(into: &writer)
            return writer.bytes
        case .logChunk:
            let (front, rest) = encodeInParts()
            return front + rest
        case .logsRead(let answer):
            var writer = ByteWriter(reservingCapacity: 16 + 128 * answer.reports.count)
            writer.write(Kind.logsRead)
            answer.encode(into: &writer)
            return writer.bytes
        }
    }

    /// The same in two parts: the second one is what the message carries, uncopied, where that is large.
    package func encodeInParts() -> (front: [UInt8], rest: [UInt8]) {
        guard case .logChunk(let chunk) = self else { return (encode(), []) }
        var writer = ByteWriter(reservingCapacity: chunk.overheadBytes + chunk.header.count)
        writer.write(Kind.logChunk)
        chunk.encodeFront(into: &writer)
        return (writer.bytes, chunk.bytes)
    }

    /// Far above what hosts have to say: values, commands, and what was lost of logs.
    private static let elementLimit = 200_000

    package init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes, elementLimit: Self.elementLimit)
        switch try reader.readUInt8() {
        case Kind.hello:
            let identity = try HostIdentity(from: &reader)
            let count = try reader.readCount(ofAtLeast: 1)
            var unknownMetrics: [UInt16] = []
            unknownMetrics.reserveCapacity(count)
            for _ in 0..<count { unknownMetrics.append(try reader.readVarint(as: UInt16.self)) }
            self = .hello(identity, unknownMetrics: unknownMetrics)
        case Kind.snapshot:
            self = .snapshot(try Snapshot(from: &reader))
        case Kind.logChunk:
            self = .logChunk(try LogChunk(from: &reader))
        case Kind.logsRead:
            self = .logsRead(try LogsRead(from: &reader))
        case let other:
            throw .unknownKind(other)
        }
        try reader.finish()
    }
}

extension HostIdentity {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(machineID)
        writer.write(kernel)
        writer.write(architecture)
        writer.write(nodeName)
        writer.write(clock)
    }

    fileprivate init(from reader: inout ByteReader) throws(WireError) {
        let machineID = try reader.readString()
        let kernel = try reader.readString()
        let architecture = try reader.readString()
        let nodeName = try reader.readString()
        self.init(
            machineID: machineID,
            kernel: kernel,
            architecture: architecture,
            nodeName: nodeName,
            clock: try reader.readTimestamp()
        )
    }
}
