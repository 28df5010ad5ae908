import Wire

extension DatabaseWriter {
    /// Adds the traffic of the records that are not counted yet.
    ///
    /// - Returns: where the journal's position is behind this transaction's commit; nil for a batch without traffic.
    func storeTraffic(of batch: DatabaseBatch) throws(DatabaseError) -> JournalPosition? {
        if batch.traffic.isEmpty { return nil }
        guard let end = batch.position else {
            throw connection.objection("write traffic", "the batch does not say which records its traffic is from")
        }
        let counted = try lockPosition(of: end.journal)
        var sums = TrafficSums()
        for row in batch.traffic where row.record > counted?.record ?? 0 {
            // Without a number, the host was prepared in vain: it is gone again.
            guard let host = hostNumber(row.host) else { throw vanished("hosts") }
            sums.add(row, host: host)
        }
        let windows = sums.inOrder
        try storeWindows(windows)
        try storeSections(windows)
        if let counted, counted.record >= end.record { return counted }
        try move(to: end)
        return end
    }

    private func storeWindows(_ windows: [(window: TrafficSums.Window, sum: TrafficSums.Sum)]) throws(DatabaseError) {
        var insert = MultiRowInsert(
            connection,
            text,
            head: """
                INSERT INTO traffic (host_id, log_name, window_start, hits, bytes, status_1xx, status_2xx, \
                status_3xx, status_4xx, status_5xx, status_other, clients, skipped, unread) VALUES\u{20}
                """,
            // The sizes are what the log says: too large a sum would be refused, with all that is in the batch.
            tail: """
                 ON DUPLICATE KEY UPDATE hits = hits + VALUES(hits), \
                bytes = bytes + LEAST(VALUES(bytes), 18446744073709551615 - bytes), \
                status_1xx = status_1xx + VALUES(status_1xx), status_2xx = status_2xx + VALUES(status_2xx), \
                status_3xx = status_3xx + VALUES(status_3xx), status_4xx = status_4xx + VALUES(status_4xx), \
                status_5xx = status_5xx + VALUES(status_5xx), status_other = status_other + VALUES(status_other), \
                clients = GREATEST(clients, VALUES(clients)), skipped = skipped + VALUES(skipped), \
                unread = unread + VALUES(unread)
                """,
            operation: "write traffic"
        )
        for (window, sum) in windows {
            try insert.beginRow()
            begin(window)
            let counts = sum.counts
            appendNext(counts.hits)
            appendNext(counts.bytes)
            appendNext(counts.status1xx)
            appendNext(counts.status2xx)
            appendNext(counts.status3xx)
            appendNext(counts.status4xx)
            appendNext(counts.status5xx)
            appendNext(counts.statusOther)
            appendNext(counts.clients)
            appendNext(counts.skipped)
            appendNext(counts.unread)
            text.append(UInt8(ascii: ")"))
        }
        try insert.finish()
    }

    private func storeSections(_ windows: [(window: TrafficSums.Window, sum: TrafficSums.Sum)]) throws(DatabaseError) {
        var insert = MultiRowInsert(
            connection,
            text,
            head: "INSERT INTO traffic_sections (host_id, log_name, window_start, section, hits) VALUES ",
            tail: " ON DUPLICATE KEY UPDATE hits = hits + VALUES(hits)",
            operation: "write traffic by section"
        )
        for (window, sum) in windows {
            for section in sum.sectionsInOrder {
                try insert.beginRow()
                begin(window)
                text.append(UInt8(ascii: ","))
                text.append(quoted: section.name.text)
                appendNext(section.hits)
                text.append(UInt8(ascii: ")"))
            }
        }
        try insert.finish()
    }

    /// The first columns of the key.
    private func begin(_ window: TrafficSums.Window) {
        text.append(UInt8(ascii: "("))
        text.append(Int64(window.host))
        text.append(UInt8(ascii: ","))
        text.append(quoted: window.log.text)
        text.append(UInt8(ascii: ","))
        text.append(window.start)
    }

    /// A comma and the number.
    func appendNext(_ number: UInt64) {
        text.append(UInt8(ascii: ","))
        if let signed = Int64(exactly: number) {
            text.append(signed)
        } else {
            var digits = String(number)
            digits.withUTF8 { text.append($0) }
        }
    }
}
