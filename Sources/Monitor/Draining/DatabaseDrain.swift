import Database
import Foundation
import Journal
import Logging
import Probe
import Wire

/// Carries the journal's records into MySQL, in order, on a thread with a connection of its own.
///
/// Records leave the journal only after the transaction that stored them was confirmed. When the confirmation was lost
/// they are stored again, which changes nothing. While the server is away everything waits in the journal.
final class DatabaseDrain {
    enum Target: Sendable {
        case server(DatabaseSettings)
        /// No `<database>` in the configuration: a server of our own.
        case embedded(directory: String)
    }

    /// Batches gather this long, so that many small groups become one transaction.
    private static let spacing = Duration.seconds(1)
    private static let batchBytes = 1 << 20
    /// So shortly before the end a server of our own is not waited for any more.
    private static let endOfStarts = Duration.seconds(1)

    private let target: Target
    private let journal: Journal
    private let signal: DrainSignal
    private let trouble: DrainTrouble
    private let logger: Logger
    private let metrics: [MetricRow]
    private let asideFolder: String
    private var embedded: EmbeddedServer?
    private var writer: DatabaseWriter?
    /// The journal's id, under which the database keeps how far it has counted.
    private var identity = ""
    private var partitionsCheckedAt: ContinuousClock.Instant?
    private var backoff = Backoff(first: .seconds(1), limit: .seconds(30))
    private var generator = SystemRandomNumberGenerator()
    private var lastError: String?
    /// What the journal says of it; anything, until it was written once.
    private var remembered: String? = ""

    /// - Parameters:
    ///   - commands: names of configured commands, which are metric types too.
    ///   - asideFolder: takes the records that the server refuses for good; made when there is one.
    init(
        target: Target,
        journal: Journal,
        signal: DrainSignal,
        trouble: DrainTrouble = DrainTrouble(),
        logger: Logger,
        commands: [String],
        asideFolder: String
    ) {
        self.asideFolder = asideFolder
        self.target = target
        self.journal = journal
        self.signal = signal
        self.trouble = trouble
        self.logger = logger
        metrics =
            MetricCatalog.definitions.filter { $0.name == $0.selector }.map {
                MetricRow(name: $0.name, unit: $0.unit, description: $0.description)
            }
            + OwnMetric.allCases.map(\.row)
            + commands.map {
                MetricRow(name: $0, unit: "", description: "First number printed by the command \($0).")
            }
    }

    /// Blocks until the signal says to finish and the journal is empty or the deadline has come. A server of our own
    /// is ended then.
    func run(endingServerWithin limit: Duration) {
        defer { embedded?.stop(within: limit) }
        while !signal.isOver {
            do {
                let isEmpty = try drainOnce()
                if lastError != nil { logger.notice("database: writing again") }
                lastError = nil
                trouble.text = nil
                remember(nil)
                backoff.reset()
                guard isEmpty else { continue }
                guard signal.deadline == nil else { return }
                signal.wait(for: .seconds(60))
                signal.pause(for: Self.spacing)
            } catch {
                // The journal's trouble is none of the connection's.
                if !(error is JournalError) { writer = nil }
                // A server of our own that is not up by now has nothing to end well.
                if embedded != nil, signal.isOver(within: Self.endOfStarts) { return }
                tell(error)
                // Nor does waiting mend a wrong password.
                if signal.deadline != nil, let error = error as? DatabaseError, !error.isTransient { return }
                // At the end there is no time for patience, but for one more try of what may pass at once.
                signal.deadline == nil
                    ? signal.pause(for: backoff.next(using: &generator)) : signal.wait(for: .milliseconds(200))
            }
        }
    }

    /// Stores one batch. True when nothing is left.
    private func drainOnce() throws -> Bool {
        let writer = try connected()
        let records = try journal.records(after: 0, limitBytes: Self.batchBytes)
        guard let last = records.last else { return true }
        let batch = try decode(records)
        do throws(DatabaseError) {
            try writer.write(batch)
        } catch {
            guard error.isRefusalOfData else { throw error }
            try storeOneByOne(records, with: writer)
        }
        try journal.removeRecords(through: last.id)
        return false
    }

    /// The server refuses something in a batch for good: the records that it does take are stored, and the others set
    /// aside, so that nothing behind them waits forever.
    ///
    /// When it takes none at all, it is not the data that is wrong (a column was changed): everything waits then.
    private func storeOneByOne(_ records: [StoredRecord], with writer: DatabaseWriter) throws {
        var refused: [(record: StoredRecord, error: DatabaseError)] = []
        for record in records {
            let batch = try decode([record])
            do throws(DatabaseError) {
                try writer.write(batch)
            } catch {
                guard error.isRefusalOfData else { throw error }
                refused.append((record, error))
                try countTraffic(of: batch, with: writer)
            }
        }
        if let first = refused.first, refused.count == records.count { throw first.error }
        for (record, error) in refused { try setAside(record, because: "\(error)") }
    }

    /// Requests are counted though another row of their record is refused: behind it the position moves on, and they
    /// would be passed over.
    private func countTraffic(of batch: DatabaseBatch, with writer: DatabaseWriter) throws(DatabaseError) {
        do throws(DatabaseError) {
            try writer.write(DatabaseBatch(traffic: batch.traffic, position: batch.position))
        } catch {
            guard error.isRefusalOfData else { throw error }
        }
    }

    /// What cannot be read is set aside; where that fails too (a full disk), it stays in the journal.
    private func decode(_ records: [StoredRecord]) throws -> DatabaseBatch {
        var batch = DatabaseBatch()
        batch.position = records.last.map {
            JournalPosition(journal: identity, record: $0.id, recordedAt: $0.createdAt)
        }
        for record in records {
            do {
                guard record.record.kind == RecordBatch.kind else {
                    throw WireError.unknownKind(record.record.kind)
                }
                var decoded = DatabaseBatch()
                try RecordBatch.decode(record.record.payload, into: &decoded)
                for index in decoded.traffic.indices { decoded.traffic[index].record = record.id }
                batch.append(decoded)
            } catch {
                try setAside(record, because: "it cannot be read: \(error)")
            }
        }
        return batch
    }

    /// Keeps a record that cannot be stored as a file of its own, and says so.
    private func setAside(_ record: StoredRecord, because reason: String) throws {
        try FileManager.default.createDirectory(atPath: asideFolder, withIntermediateDirectories: true)
        let file = "\(asideFolder)/record-\(record.id)"
        try Data(record.record.payload).write(to: URL(fileURLWithPath: file))
        logger.critical(
            "a group of rows is not stored: \(reason). It is kept in \(file); please report this.",
            metadata: ["bytes": "\(record.record.payload.count)"]
        )
    }

    private func connected() throws -> DatabaseWriter {
        let now = ContinuousClock.now
        if let writer, let partitionsCheckedAt, now - partitionsCheckedAt < .seconds(3_600) { return writer }
        let settings =
            switch target {
            case .server(let settings): settings
            case .embedded(let directory): try startedServer(in: directory)
            }
        let connection = try MySQLConnection(settings)
        if try Schema.apply(connection) { logger.info("database: tables created or brought up to date") }
        try extendPartitions(connection)
        let writer = DatabaseWriter(connection)
        try writer.register(metrics: metrics)
        identity = try journal.identity(for: writer, logger)
        if self.writer == nil { logger.info("database: connected to \(settings.server)") }
        self.writer = writer
        partitionsCheckedAt = now
        return writer
    }

    private func startedServer(in directory: String) throws -> DatabaseSettings {
        // Kept before it starts, so that a start that is broken off is ended, too.
        let server = try embedded ?? EmbeddedServer(directory: directory)
        embedded = server
        try server.ensureRunning(unless: { [signal] in signal.isOver(within: Self.endOfStarts) })
        return server.settings
    }

    /// Rows without a partition of their day lie in the last one: slower to drop, but stored.
    private func extendPartitions(_ connection: MySQLConnection) throws {
        do {
            _ = try Partitions.extend(connection, now: .now) { [logger] in logger.warning("database: \($0)") }
        } catch {
            guard !error.isConnectionLost else { throw error }
            logger.error("\(error) Rows are stored without them; it is tried again in an hour.")
        }
    }

    /// Once for each new kind of trouble; what lasts is in `status`.
    private func tell(_ error: any Error) {
        let text = "\(error)"
        let backlog = (try? journal.backlog())?.count ?? 0
        logger.log(
            level: text == lastError ? .debug : .error,
            "\(text) Everything is kept in the journal meanwhile.",
            metadata: ["waiting": "\(backlog)"]
        )
        lastError = text
        trouble.text = text
        remember(text)
    }

    /// Why nothing is stored, for `status`; a journal that takes nothing now is told later.
    private func remember(_ text: String?) {
        guard text != remembered, (try? journal.setMetadata(.databaseTrouble, to: text)) != nil else { return }
        remembered = text
    }
}

extension DatabaseBatch {
    fileprivate mutating func append(_ other: DatabaseBatch) {
        hosts += other.hosts
        samples += other.samples
        alerts += other.alerts
        commandOutputs += other.commandOutputs
        traffic += other.traffic
        logBatches += other.logBatches
    }
}
