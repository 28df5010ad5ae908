import Database
import Wire

/// One group of the journal on its way to MySQL, as bytes: what `JournalRecord.payload` holds.
///
/// It names everything it refers to (hosts, metrics), so that it means the same after a restart with another
/// configuration. Metric names stand once in front; a sample costs its number, its instance and eight bytes.
struct RecordBatch {
    /// `JournalRecord.kind`: the version of this encoding. A further kind of entry needs no new one: no earlier metricsd
    /// opens a journal with a newer schema.
    static let kind: UInt8 = 1

    enum Entry: UInt8 {
        case host = 1
        case samples = 2
        case alert = 3
        case commandOutput = 4
        case traffic = 5
        case logBatch = 6
    }

    var writer = ByteWriter(reservingCapacity: 8 * 1024)
    private(set) var isEmpty = true

    /// - Parameter metricNames: what `samples` numbers refer to.
    init(metricNames: [String]) {
        writer.writeCount(metricNames.count)
        for name in metricNames { writer.write(name) }
    }

    var payload: [UInt8] { writer.bytes }

    mutating func add(_ host: HostRow) {
        begin(.host)
        writer.write(host.name)
        writer.write(host.address)
        writer.write(host.port)
        writer.write(host.state.rawValue)
        writer.write(host.machineID)
        writer.write(host.kernel)
        writer.write(host.architecture)
        writer.write(host.lastSeen)
        writer.write(host.lastError)
        writer.write(host.clockSkewMilliseconds)
    }

    /// - Parameter numbers: the place in `metricNames` of each metric that the samples number.
    mutating func add(_ samples: [Sample], host: String, collectedAt: Timestamp, numbers: [Int]) {
        begin(.samples)
        writer.write(host)
        writer.write(collectedAt)
        writer.writeCount(samples.count)
        for sample in samples {
            writer.writeVarint(UInt(numbers[Int(sample.metric)]))
            writer.write(sample.instance)
            writer.write(sample.value)
        }
    }

    mutating func add(_ alert: AlertRow) {
        begin(.alert)
        writer.write(alert.alertID)
        writer.write(alert.host)
        writer.write(alert.type)
        writer.write(alert.instance)
        writer.write(alert.severity.rawValue)
        writer.write(alert.comparison?.rawValue)
        writer.write(alert.threshold)
        writer.write(alert.unit)
        writer.write(alert.value)
        writer.write(alert.peak)
        writer.write(alert.openedAt)
        writer.write(alert.resolvedAt)
        writer.write(alert.reason)
    }

    mutating func add(_ output: CommandOutputRow) {
        begin(.commandOutput)
        writer.write(output.host)
        writer.write(output.command)
        writer.write(output.startedAt)
        writer.write(output.durationMilliseconds)
        writer.write(output.ending.rawValue)
        writer.write(output.status)
        writer.write(output.output)
        writer.write(output.isTruncated)
    }

    mutating func begin(_ entry: Entry) {
        isEmpty = false
        writer.write(entry.rawValue)
    }
}

extension RecordBatch {
    /// Appends what a payload holds to a batch of rows. The newest row of a host stands for the ones before it.
    static func decode(_ payload: [UInt8], into batch: inout DatabaseBatch) throws(WireError) {
        var reader = ByteReader(payload)
        let names = try readNames(from: &reader)
        while reader.remaining > 0 {
            let kind = try reader.readUInt8()
            switch Entry(rawValue: kind) {
            case .host: batch.hosts.append(try readHost(from: &reader))
            case .samples: batch.samples.append(try readSamples(from: &reader, names: names))
            case .alert: batch.alerts.append(try readAlert(from: &reader))
            case .commandOutput: batch.commandOutputs.append(try readCommandOutput(from: &reader))
            case .traffic: batch.traffic.append(try readTraffic(from: &reader))
            case .logBatch: batch.logBatches.append(try readLogBatch(from: &reader))
            case nil: throw .unknownKind(kind)
            }
        }
    }

    private static func readNames(from reader: inout ByteReader) throws(WireError) -> [String] {
        let count = try reader.readCount(ofAtLeast: 1)
        var names: [String] = []
        names.reserveCapacity(count)
        for _ in 0..<count { names.append(try reader.readString()) }
        return names
    }

    private static func readHost(from reader: inout ByteReader) throws(WireError) -> HostRow {
        HostRow(
            name: try reader.readString(),
            address: try reader.readString(),
            port: try reader.readUInt16(),
            state: HostRow.State(rawValue: try reader.readString()) ?? .unknown,
            machineID: try reader.readOptionalString(),
            kernel: try reader.readOptionalString(),
            architecture: try reader.readOptionalString(),
            lastSeen: try reader.readOptionalTimestamp(),
            lastError: try reader.readOptionalString(),
            clockSkewMilliseconds: try reader.readOptionalInt64()
        )
    }

    private static func readSamples(
        from reader: inout ByteReader,
        names: [String]
    ) throws(WireError) -> HostSamples {
        let host = try reader.readString()
        let collectedAt = try reader.readTimestamp()
        let count = try reader.readCount(ofAtLeast: 10)
        var samples: [SeriesSample] = []
        samples.reserveCapacity(count)
        for _ in 0..<count {
            let number = try reader.readVarint(as: Int.self)
            guard number < names.count else { throw .impossibleLength }
            let instance = try reader.readString()
            samples.append(SeriesSample(metric: names[number], instance: instance, value: try reader.readDouble()))
        }
        return HostSamples(host: host, collectedAt: collectedAt, samples: samples)
    }

    private static func readAlert(from reader: inout ByteReader) throws(WireError) -> AlertRow {
        AlertRow(
            alertID: try reader.readString(),
            host: try reader.readString(),
            type: try reader.readString(),
            instance: try reader.readString(),
            severity: AlertRow.Severity(rawValue: try reader.readString()) ?? .warning,
            comparison: try reader.readOptionalString().flatMap(AlertRow.Comparison.init(rawValue:)),
            threshold: try reader.readOptionalDouble(),
            unit: try reader.readString(),
            value: try reader.readOptionalDouble(),
            peak: try reader.readOptionalDouble(),
            openedAt: try reader.readTimestamp(),
            resolvedAt: try reader.readOptionalTimestamp(),
            reason: try reader.readOptionalString()
        )
    }

    private static func readCommandOutput(from reader: inout ByteReader) throws(WireError) -> CommandOutputRow {
        CommandOutputRow(
            host: try reader.readString(),
            command: try reader.readString(),
            startedAt: try reader.readTimestamp(),
            durationMilliseconds: try reader.readUInt32(),
            ending: CommandResult.Ending(rawValue: try reader.readUInt8()) ?? .exited,
            status: try reader.readInt32(),
            output: try reader.readBytes(),
            isTruncated: try reader.readBool()
        )
    }
}

// A value that may be missing: a flag, then the value.
extension ByteWriter {
    mutating func write(_ value: String?) {
        write(value != nil)
        if let value { write(value) }
    }

    mutating func write(_ value: Double?) {
        write(value != nil)
        if let value { write(value) }
    }

    mutating func write(_ value: Timestamp?) {
        write(value != nil)
        if let value { write(value) }
    }

    mutating func write(_ value: Int64?) {
        write(value != nil)
        if let value { write(value) }
    }
}

extension ByteReader {
    mutating func readOptionalString() throws(WireError) -> String? {
        try readBool() ? try readString() : nil
    }

    mutating func readOptionalDouble() throws(WireError) -> Double? {
        try readBool() ? try readDouble() : nil
    }

    mutating func readOptionalTimestamp() throws(WireError) -> Timestamp? {
        try readBool() ? try readTimestamp() : nil
    }

    mutating func readOptionalInt64() throws(WireError) -> Int64? {
        try readBool() ? try readInt64() : nil
    }
}
