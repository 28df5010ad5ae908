/// The numbers that the database has given to hosts, metrics and series.
///
/// New rows of these three tables are committed at once, before the transaction that needs them: they mean nothing by
/// themselves, and a number that is known here is never one that a rollback took back. Rows that somebody deletes behind
/// this cache are noticed within seconds and made again under their old numbers, so the samples written meanwhile are
/// found again (`SeriesCatalog+Check.swift`).
final class SeriesCatalog {
    let connection: MySQLConnection
    let text: StatementText
    var hosts: [ExactName: CatalogHost] = [:]
    var metrics: [ExactName: UInt32] = [:]
    /// What is known of the metrics that this program collects.
    private var definitions: [ExactName: MetricRow] = [:]
    let clock = ContinuousClock()

    /// Lengths of the columns, in characters.
    static let hostLimit = 255
    static let metricLimit = 128
    static let instanceLimit = 512

    private static let chunk = 1_000

    init(_ connection: MySQLConnection, _ text: StatementText) {
        self.connection = connection
        self.text = text
    }

    func forget() {
        hosts = [:]
        metrics = [:]
    }

    // MARK: - Metrics

    /// Creates the rows of these metrics, and corrects unit and description of those that exist.
    func register(_ rows: [MetricRow]) throws(DatabaseError) {
        for row in rows { definitions[ExactName(ShortText.name(of: row.name, Self.metricLimit))] = row }
        var stored: [ExactName: (unit: String, description: String)] = [:]
        try loadMetrics { stored[$0] = ($1, $2) }
        let wanted = rows.map { ExactName(ShortText.name(of: $0.name, Self.metricLimit)) }
        try insertMetrics(wanted.filter { stored[$0] == nil })
        for name in wanted {
            guard let id = metrics[name], let old = stored[name], let new = definition(name),
                !ExactName.isSame(old.unit, new.unit) || !ExactName.isSame(old.description, new.description)
            else { continue }
            text.removeAll()
            text.append("UPDATE metrics SET unit = ")
            text.append(quoted: new.unit)
            text.append(", description = ")
            text.append(quoted: new.description)
            text.append(" WHERE metric_id = ")
            text.append(Int64(id))
            try connection.execute(text.bytes, operation: "describe the metrics")
        }
    }

    func loadMetrics(_ body: (ExactName, String, String) -> Void = { _, _, _ in }) throws(DatabaseError) {
        var found: [ExactName: UInt32] = [:]
        try connection.query(
            "SELECT metric_id, name, unit, description FROM metrics",
            operation: "read the metrics"
        ) { row in
            guard let id = row.number(0), let name = row.text(1) else { return }
            found[ExactName(name)] = id
            body(ExactName(name), row.text(2) ?? "", row.text(3) ?? "")
        }
        metrics = found
    }

    func insertMetrics(_ names: [ExactName], numbered: [ExactName: UInt32] = [:]) throws(DatabaseError) {
        if names.isEmpty { return }
        var insert = MultiRowInsert(
            connection,
            text,
            head: "INSERT INTO metrics (metric_id, name, unit, description) VALUES ",
            // Another program may have been faster.
            tail: " ON DUPLICATE KEY UPDATE metric_id = metric_id",
            operation: "add metrics"
        )
        for name in names {
            let known = definition(name)
            try insert.beginRow()
            text.append(UInt8(ascii: "("))
            appendNumber(numbered[name])
            text.append(UInt8(ascii: ","))
            text.append(quoted: name.text)
            text.append(UInt8(ascii: ","))
            text.append(quoted: known?.unit ?? "")
            text.append(UInt8(ascii: ","))
            text.append(quoted: known?.description ?? "")
            text.append(UInt8(ascii: ")"))
        }
        try insert.finish()
        try loadMetrics()
    }

    private func definition(_ name: ExactName) -> (unit: String, description: String)? {
        definitions[name].map { (ShortText.prefix(of: $0.unit, 32), ShortText.prefix(of: $0.description, 1_000)) }
    }

    // MARK: - Hosts

    /// Makes the hosts known, those without a row by making one.
    func prepare(hosts names: Set<ExactName>) throws(DatabaseError) {
        var missing = Array(names.filter { hosts[$0] == nil })
        if missing.isEmpty { return }
        var added = try findHosts(missing)
        missing = missing.filter { hosts[$0] == nil }
        if !missing.isEmpty {
            // In the order of their names, so that two programs lock in the same order.
            try insertHosts(missing.sorted { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }.map { ($0, nil) })
            added += try findHosts(missing)
        }
        try loadSeries(of: added)
    }

    private func findHosts(_ names: [ExactName]) throws(DatabaseError) -> [CatalogHost] {
        var found: [CatalogHost] = []
        for start in stride(from: 0, to: names.count, by: Self.chunk) {
            text.removeAll()
            text.append("SELECT host_id, name FROM hosts WHERE name IN (")
            for name in names[start..<min(start + Self.chunk, names.count)] {
                text.append(quoted: name.text)
                text.append(UInt8(ascii: ","))
            }
            text.removeLast(1)
            text.append(UInt8(ascii: ")"))
            try connection.query(text.bytes, operation: "read the hosts") { row in
                guard let id = row.number(0), let name = row.text(1) else { return }
                found.append(CatalogHost(name: ExactName(name), id: id, checkedAt: clock.now))
            }
        }
        // The server finds names with trailing spaces too.
        let wanted = Set(names)
        found = found.filter { wanted.contains($0.name) }
        for host in found { hosts[host.name] = host }
        return found
    }

    func insertHosts(_ names: [(ExactName, UInt32?)]) throws(DatabaseError) {
        var insert = MultiRowInsert(
            connection,
            text,
            head: "INSERT INTO hosts (host_id, name) VALUES ",
            tail: " ON DUPLICATE KEY UPDATE host_id = host_id",
            operation: "add hosts"
        )
        for (name, id) in names {
            try insert.beginRow()
            text.append(UInt8(ascii: "("))
            appendNumber(id)
            text.append(UInt8(ascii: ","))
            text.append(quoted: name.text)
            text.append(UInt8(ascii: ")"))
        }
        try insert.finish()
    }

    // MARK: - Series

    /// Reads all series of these hosts.
    func loadSeries(of hosts: [CatalogHost]) throws(DatabaseError) {
        if hosts.isEmpty { return }
        try loadMetrics()
        let names = Dictionary(metrics.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let byID = Dictionary(hosts.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for host in hosts { host.removeAll() }
        for start in stride(from: 0, to: hosts.count, by: Self.chunk) {
            text.removeAll()
            text.append("SELECT series_id, host_id, metric_id, instance FROM series WHERE host_id IN (")
            append(idsOf: hosts[start..<min(start + Self.chunk, hosts.count)])
            text.append(") ORDER BY series_id")
            try connection.query(text.bytes, operation: "read the series") { row in
                guard let id = row.number(0), let host = row.number(1), let metric = row.number(2),
                    let instance = row.text(3)
                else { return }
                byID[host]?.add(
                    // A series whose metric has no row is kept too, so that the check's sums agree.
                    CatalogSeries(
                        metric: names[metric]?.text ?? "",
                        instance: instance,
                        metricID: metric,
                        id: id
                    )
                )
            }
        }
    }

    /// Creates series, those that existed before under their old numbers.
    func insertSeries(_ missing: [(CatalogHost, SeriesName)]) throws(DatabaseError) {
        if missing.isEmpty { return }
        var seen: Set<ExactName> = []
        try insertMetrics(
            missing.map(\.1.metric).filter { metrics[$0] == nil && seen.insert($0).inserted }
        )
        var insert = MultiRowInsert(
            connection,
            text,
            head: "INSERT INTO series (series_id, host_id, metric_id, instance) VALUES ",
            tail: " ON DUPLICATE KEY UPDATE series_id = series_id",
            operation: "add series"
        )
        for (host, name) in missing {
            guard let metric = metrics[name.metric] else { continue }
            try insert.beginRow()
            text.append(UInt8(ascii: "("))
            appendNumber(host.former[name])
            text.append(UInt8(ascii: ","))
            text.append(Int64(host.id))
            text.append(UInt8(ascii: ","))
            text.append(Int64(metric))
            text.append(UInt8(ascii: ","))
            text.append(quoted: name.instance.text)
            text.append(UInt8(ascii: ")"))
        }
        try insert.finish()
        var hosts: [CatalogHost] = []
        var ids: Set<UInt32> = []
        for (host, _) in missing where ids.insert(host.id).inserted { hosts.append(host) }
        try loadSeries(of: hosts)

        // An old number that has another series now: take a new one.
        let taken = missing.filter { host, name in host.numbers[name] == nil && host.former[name] != nil }
        for (host, name) in taken { host.former[name] = nil }
        try insertSeries(taken)
    }

    // MARK: - Pieces of statements

    func append(idsOf hosts: ArraySlice<CatalogHost>) {
        for host in hosts {
            text.append(Int64(host.id))
            text.append(UInt8(ascii: ","))
        }
        text.removeLast(1)
    }

    /// The number, or `DEFAULT` to be given the next one.
    private func appendNumber(_ number: UInt32?) {
        if let number {
            text.append(Int64(number))
        } else {
            text.append("DEFAULT")
        }
    }
}

extension ResultRow {
    /// A column that holds a row's number.
    func number(_ column: Int) -> UInt32? {
        integer(column).flatMap { UInt32(exactly: $0) }
    }
}
