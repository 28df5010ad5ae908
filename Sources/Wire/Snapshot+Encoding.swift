extension Snapshot {
    package func encode(into writer: inout ByteWriter) {
        writer.write(sequence)
        writer.write(collectedAt)
        writer.writeVarint(latenessMicroseconds)
        writer.write(samples)
        writer.write(failures)
        writer.writeCount(commandResults.count)
        for result in commandResults { result.encode(into: &writer) }
        writer.writeVarint(commandsRunning)
    }

    package init(from reader: inout ByteReader) throws(WireError) {
        let sequence = try reader.readUInt32()
        self.init(sequence: sequence, collectedAt: try reader.readTimestamp())
        latenessMicroseconds = try reader.readVarint(as: UInt32.self)
        samples = try reader.readSamples()
        failures = try reader.readFailures()
        let count = try reader.readCount(ofAtLeast: 20)
        commandResults.reserveCapacity(count)
        for _ in 0..<count { commandResults.append(try CommandResult(from: &reader)) }
        commandsRunning = try reader.readVarint(as: UInt16.self)
    }
}

extension ByteWriter {
    package mutating func write(_ samples: [Sample]) {
        writeCount(samples.count)
        for sample in samples {
            writeVarint(sample.metric)
            write(sample.instance)
            write(sample.value)
        }
    }

    package mutating func write(_ failures: [CollectorFailure]) {
        writeCount(failures.count)
        for failure in failures {
            write(failure.collector)
            write(failure.reason)
        }
    }
}

extension ByteReader {
    /// Values that are not finite are refused: no database column holds them.
    package mutating func readSamples() throws(WireError) -> [Sample] {
        let count = try readCount(ofAtLeast: 10)
        var samples: [Sample] = []
        samples.reserveCapacity(count)
        for _ in 0..<count {
            let metric = try readVarint(as: UInt16.self)
            let instance = try readString()
            let value = try readDouble()
            guard value.isFinite else { throw .notFinite }
            samples.append(Sample(metric: metric, instance: instance, value: value))
        }
        return samples
    }

    package mutating func readFailures() throws(WireError) -> [CollectorFailure] {
        let count = try readCount(ofAtLeast: 2)
        var failures: [CollectorFailure] = []
        failures.reserveCapacity(count)
        for _ in 0..<count {
            let collector = try readString()
            failures.append(CollectorFailure(collector: collector, reason: try readString()))
        }
        return failures
    }
}

extension CommandResult {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.writeVarint(command)
        writer.write(ending.rawValue)
        writer.write(status)
        writer.write(startedAt)
        writer.write(durationMilliseconds)
        writer.write(output)
        writer.write(isTruncated)
    }

    fileprivate init(from reader: inout ByteReader) throws(WireError) {
        let command = try reader.readVarint(as: UInt16.self)
        let kind = try reader.readUInt8()
        guard let ending = Ending(rawValue: kind) else { throw .unknownKind(kind) }
        let status = try reader.readInt32()
        let startedAt = try reader.readTimestamp()
        let duration = try reader.readUInt32()
        let output = try reader.readBytes()
        self.init(
            command: command,
            ending: ending,
            status: status,
            startedAt: startedAt,
            durationMilliseconds: duration,
            output: output,
            isTruncated: try reader.readBool()
        )
    }
}
