extension SeriesCatalog {
    /// Compares the numbers of these hosts and of the metrics with the database, those last compared longer ago than
    /// `age`, and makes rows again that somebody deleted.
    ///
    /// One statement over an index, and a row per host in answer, so that it costs little beside the samples.
    func check(_ candidates: [CatalogHost], olderThan age: Duration) throws(DatabaseError) {
        let now = clock.now
        let due = candidates.filter { now - $0.checkedAt >= age }
        if due.isEmpty { return }
        try checkMetrics()
        if hosts.isEmpty { return try prepare(hosts: Set(candidates.map(\.name))) }

        var sums: [ExactName: SeriesSums] = [:]
        for start in stride(from: 0, to: due.count, by: 1_000) {
            text.removeAll()
            text.append(
                """
                SELECT h.name, h.host_id, COUNT(s.series_id), COALESCE(SUM(s.series_id), 0), \
                COALESCE(SUM(s.series_id * s.metric_id), 0) \
                FROM hosts h LEFT JOIN series s ON s.host_id = h.host_id WHERE h.host_id IN (
                """
            )
            append(idsOf: due[start..<min(start + 1_000, due.count)])
            text.append(") GROUP BY h.host_id, h.name")
            try connection.query(text.bytes, operation: "compare the series") { row in
                guard let name = row.text(0), let host = row.number(1) else { return }
                sums[ExactName(name)] = SeriesSums(
                    host: host,
                    count: row.integer(2) ?? 0,
                    numbers: row.integer(3) ?? 0,
                    products: row.integer(4) ?? 0
                )
            }
        }
        // A row that has another name now is not this host's any more.
        try restore(due.filter { sums[$0.name]?.host != $0.id })
        let changed = due.filter { sums[$0.name]?.host == $0.id && sums[$0.name] != SeriesSums($0) }
        for host in changed { host.former.merge(host.numbers) { _, new in new } }
        try loadSeries(of: changed)
        for host in due { host.checkedAt = now }
    }

    private func restore(_ deleted: [CatalogHost]) throws(DatabaseError) {
        if deleted.isEmpty { return }
        for host in deleted { hosts[host.name] = nil }
        try insertHosts(deleted.map { ($0.name, $0.id) })
        try prepare(hosts: Set(deleted.map(\.name)))
        for host in deleted {
            hosts[host.name]?.former = host.former.merging(host.numbers) { _, new in new }
        }
    }

    /// Metrics are few: all that are known here have to be there.
    private func checkMetrics() throws(DatabaseError) {
        let known = metrics
        try loadMetrics()
        let deleted = known.filter { metrics[$0.key] == nil }
        if !deleted.isEmpty { try insertMetrics(Array(deleted.keys), numbered: deleted) }
        // Rows under new numbers: series that refer to the old ones are of no use.
        if known.contains(where: { metrics[$0.key] != $0.value }) { hosts = [:] }
    }
}

/// What tells whether the database still has the series that are known of a host.
private struct SeriesSums: Equatable {
    var host: UInt32
    var count: Int64
    var numbers: Int64
    var products: Int64
}

extension SeriesSums {
    init(_ host: CatalogHost) {
        self.init(host: host.id, count: 0, numbers: 0, products: 0)
        for series in host.series {
            count += 1
            numbers &+= Int64(series.id)
            products &+= Int64(series.id) &* Int64(series.metricID)
        }
    }
}
