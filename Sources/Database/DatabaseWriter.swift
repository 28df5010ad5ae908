/// Stores batches of rows through one connection, on the connection's thread.
///
/// Make a new writer with each new connection. A writer stays good after an error that left its connection usable: what
/// it knows of the database was committed.
package final class DatabaseWriter {
    package let connection: MySQLConnection
    let text = StatementText()
    let catalog: SeriesCatalog
    private let checkInterval: Duration

    /// The numbers of the series of a batch's samples, in their order; 0 for a value that is left out.
    private var numbers: ContiguousArray<UInt32> = []
    /// How far this connection knows the traffic of a journal to be counted (`DatabaseWriter+Positions.swift`).
    var knownPosition: KnownPosition?

    /// - Parameter checkInterval: how often a host's rows in `hosts` and `series` are compared with what is known of
    ///   them, in case somebody deleted some.
    package init(_ connection: MySQLConnection, checkInterval: Duration = .seconds(5)) {
        self.connection = connection
        self.checkInterval = checkInterval
        catalog = SeriesCatalog(connection, text)
    }

    /// Creates the rows of these metrics in `metrics`, or corrects their unit and description. Blocks.
    ///
    /// Call it once after the connection was made, with everything that may be collected.
    @available(*, noasync)
    package func register(metrics: [MetricRow]) throws(DatabaseError) {
        try catalog.register(metrics)
    }

    /// Stores all of the batch in one transaction, or nothing of it. Blocks.
    ///
    /// The same batch again changes nothing. Where the error is not known to have happened before the commit
    /// (`isConnectionLost`), store it again through a new connection.
    @available(*, noasync)
    package func write(_ batch: DatabaseBatch) throws(DatabaseError) {
        if batch.isEmpty { return }
        do {
            try store(batch)
        } catch {
            // A number that is known here is another row's: somebody renamed or replaced rows. Look them up again.
            guard error.code == Self.duplicateKey else { throw error }
            catalog.forget()
            try store(batch)
        }
    }

    /// `ER_DUP_ENTRY`
    private static let duplicateKey: UInt32 = 1_062

    private func store(_ batch: DatabaseBatch) throws(DatabaseError) {
        try prepare(batch)
        try connection.execute("START TRANSACTION", operation: "begin a transaction")
        do {
            try storeHosts(batch.hosts)
            try storeSamples(batch.samples)
            try enterHours(of: batch.samples)
            try storeAlerts(batch.alerts)
            try storeCommandOutputs(batch.commandOutputs)
            try storeLogBatches(batch.logBatches)
            let position = try storeTraffic(of: batch)
            try connection.execute("COMMIT", operation: "commit")
            if let position { knownPosition = KnownPosition(position) }
        } catch {
            // Where this fails the connection is lost, and the server rolls back by itself.
            if connection.isUsable { _ = try? connection.execute("ROLLBACK", operation: "roll back") }
            throw error
        }
    }

    // MARK: - Numbers of hosts and series

    private func prepare(_ batch: DatabaseBatch) throws(DatabaseError) {
        var names: Set<ExactName> = []
        for row in batch.hosts { names.insert(Self.hostName(row.name)) }
        for row in batch.commandOutputs { names.insert(Self.hostName(row.host)) }
        for row in batch.samples { names.insert(Self.hostName(row.host)) }
        for row in batch.traffic { names.insert(Self.hostName(row.host)) }
        for row in batch.logBatches { names.insert(Self.hostName(row.host)) }
        try catalog.prepare(hosts: names)
        try catalog.check(names.compactMap { catalog.hosts[$0] }, olderThan: checkInterval)

        guard names.allSatisfy({ catalog.hosts[$0] != nil }) else { throw vanished("hosts") }
        if findNumbers(batch.samples) { return }
        try catalog.insertSeries(missingSeries(batch.samples))
        guard findNumbers(batch.samples) else { throw vanished("series") }
    }

    /// Nothing is left out silently: what cannot be numbered fails the batch, which is then stored again.
    func vanished(_ table: String) -> DatabaseError {
        catalog.forget()
        return DatabaseError(
            operation: "number the \(table)",
            server: connection.settings.server,
            text: "rows of \(table) were gone as soon as they were made",
            mend: "Look for what deletes rows of \(table) while metricsd runs",
            isTransient: true
        )
    }

    static func hostName(_ name: String) -> ExactName {
        ExactName(ShortText.name(of: name, SeriesCatalog.hostLimit))
    }

    func hostNumber(_ name: String) -> UInt32? {
        catalog.hosts[Self.hostName(name)]?.id
    }

    /// - Returns: whether all were found.
    private func findNumbers(_ polls: [HostSamples]) -> Bool {
        numbers.removeAll(keepingCapacity: true)
        var isComplete = true
        for poll in polls {
            guard let host = catalog.hosts[Self.hostName(poll.host)] else {
                isComplete = false
                numbers.append(contentsOf: repeatElement(0, count: poll.samples.count))
                continue
            }
            var place = 0
            for sample in poll.samples {
                if !sample.value.isFinite {
                    numbers.append(0)
                } else if let number = host.number(of: sample, after: &place) {
                    numbers.append(number)
                } else {
                    isComplete = false
                    numbers.append(0)
                }
            }
        }
        return isComplete
    }

    private func missingSeries(_ polls: [HostSamples]) -> [(CatalogHost, SeriesName)] {
        var missing: [(CatalogHost, SeriesName)] = []
        for poll in polls {
            guard let host = catalog.hosts[Self.hostName(poll.host)] else { continue }
            var place = 0
            var seen: Set<SeriesName> = []
            for sample in poll.samples where sample.value.isFinite {
                if host.number(of: sample, after: &place) != nil { continue }
                let name = SeriesName(sample)
                if seen.insert(name).inserted { missing.append((host, name)) }
            }
        }
        return missing
    }

    // MARK: - Samples

    private func storeSamples(_ polls: [HostSamples]) throws(DatabaseError) {
        var insert = MultiRowInsert(
            connection,
            text,
            head: "INSERT INTO samples (series_id,collected_at,value) VALUES ",
            tail: " ON DUPLICATE KEY UPDATE value=VALUES(value)",
            operation: "write samples"
        )
        var next = 0
        for poll in polls {
            for sample in poll.samples {
                let number = numbers[next]
                next += 1
                if number == 0 { continue }
                try insert.beginRow()
                text.append(UInt8(ascii: "("))
                text.append(Int64(number))
                text.append(UInt8(ascii: ","))
                text.append(poll.collectedAt)
                text.append(UInt8(ascii: ","))
                text.append(sample.value)
                text.append(UInt8(ascii: ")"))
            }
        }
        try insert.finish()
    }
}
