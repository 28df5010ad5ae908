extension Request {
    private enum Kind {
        static let configure: UInt8 = 1
        static let poll: UInt8 = 2
        static let readLogs: UInt8 = 3
    }

    package func encode() -> [UInt8] {
        switch self {
        case .configure(let plan):
            var writer = ByteWriter(reservingCapacity: 512)
            writer.write(Kind.configure)
            plan.encode(into: &writer)
            return writer.bytes
        case .poll(let sequence, let withMetrics, let commandsDue, let delayMicroseconds):
            var writer = ByteWriter(reservingCapacity: 16 + 2 * commandsDue.count)
            writer.write(Kind.poll)
            writer.write(sequence)
            writer.write(withMetrics)
            writer.writeCount(commandsDue.count)
            for command in commandsDue { writer.writeVarint(command) }
            writer.writeVarint(delayMicroseconds)
            return writer.bytes
        case .readLogs(let sequence, let budgetBytes, let logs):
            var writer = ByteWriter(reservingCapacity: 16 + 96 * logs.count)
            writer.write(Kind.readLogs)
            writer.write(sequence)
            writer.write(budgetBytes)
            writer.writeCount(logs.count)
            for log in logs { log.encode(into: &writer) }
            return writer.bytes
        }
    }

    package init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes)
        switch try reader.readUInt8() {
        case Kind.configure:
            self = .configure(try CollectionPlan(from: &reader))
        case Kind.poll:
            let sequence = try reader.readUInt32()
            let withMetrics = try reader.readBool()
            let count = try reader.readCount(ofAtLeast: 1)
            var commandsDue: [UInt16] = []
            commandsDue.reserveCapacity(count)
            for _ in 0..<count { commandsDue.append(try reader.readVarint(as: UInt16.self)) }
            self = .poll(
                sequence: sequence,
                withMetrics: withMetrics,
                commandsDue: commandsDue,
                delayMicroseconds: try reader.readVarint()
            )
        case Kind.readLogs:
            let sequence = try reader.readUInt32()
            let budget = try reader.readUInt32()
            let count = try reader.readCount(ofAtLeast: 3)
            var logs: [LogRead] = []
            logs.reserveCapacity(count)
            for _ in 0..<count { logs.append(try LogRead(from: &reader)) }
            self = .readLogs(sequence: sequence, budgetBytes: budget, logs: logs)
        case let other:
            throw .unknownKind(other)
        }
        try reader.finish()
    }
}

extension CollectionPlan {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(collectorDeadlineMilliseconds)
        writer.writeCount(metrics.count)
        for metric in metrics { writer.write(metric) }
        writer.writeCount(commands.count)
        for command in commands {
            writer.write(command.run)
            writer.write(command.deadlineMilliseconds)
            writer.write(command.outputLimitBytes)
        }
        writer.writeCount(logs.count)
        for log in logs { log.encode(into: &writer) }
    }

    fileprivate init(from reader: inout ByteReader) throws(WireError) {
        self.init(metrics: [], collectorDeadlineMilliseconds: try reader.readUInt32())
        let metricCount = try reader.readCount(ofAtLeast: 1)
        metrics.reserveCapacity(metricCount)
        for _ in 0..<metricCount { metrics.append(try reader.readString()) }
        let commandCount = try reader.readCount(ofAtLeast: 9)
        commands.reserveCapacity(commandCount)
        for _ in 0..<commandCount {
            let run = try reader.readString()
            let deadline = try reader.readUInt32()
            let limit = try reader.readUInt32()
            commands.append(CommandPlan(run: run, deadlineMilliseconds: deadline, outputLimitBytes: limit))
        }
        let logCount = try reader.readCount(ofAtLeast: 9)
        guard logCount <= Int(UInt16.max) else { throw .impossibleLength }
        logs.reserveCapacity(logCount)
        for _ in 0..<logCount { logs.append(try LogPlan(from: &reader)) }
        // Metrics and commands share one numbering of 16 bits.
        guard metricCount + commandCount <= Int(UInt16.max) else { throw .impossibleLength }
    }
}
