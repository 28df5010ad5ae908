import Foundation
import GRDB
package import Wire

/// A batch as a merged view lists it: no more than it needs before the batch's time comes.
package struct ListedBatch: Equatable, Sendable {
    package var id: Int64
    package var name: LogName
    /// Its window by the server's clock.
    package var start: Timestamp
    package var end: Timestamp
    package var isOpen: Bool
    package var byteCount: UInt64
    package var lineCount: UInt64
}

/// What a merged view of batches asks for. It may read from another process than the daemon's.
extension Journal {
    private static let listed = """
        id, host, log, window_start - clock_skew_ms, window_start - clock_skew_ms + 1000 * window_seconds,
        state = 'open', byte_count, line_count
        """

    /// The logs of which there are batches.
    package func storedLogs() throws(JournalError) -> [LogName] {
        try read("read the batches of") { database in
            try Row.fetchAll(database, sql: "SELECT DISTINCT host, log FROM batches ORDER BY host, log")
                .map { LogName(host: $0[0], log: $0[1]) }
        }
    }

    /// The batches of a log that may hold lines of a time by the server's clock, by window and part.
    ///
    /// - Parameters:
    ///   - from: what ends before it is left out.
    ///   - to: what begins at it or later is left out.
    package func listedBatches(
        of name: LogName,
        from: Timestamp? = nil,
        to: Timestamp? = nil
    ) throws(JournalError) -> [ListedBatch] {
        try listed(
            """
            host = ? AND log = ? AND window_start - clock_skew_ms + 1000 * window_seconds > ?
                AND window_start - clock_skew_ms < ? ORDER BY window_start, part
            """,
            [name.host, name.log, from?.milliseconds ?? .min, to?.milliseconds ?? .max]
        )
    }

    /// Those that are newer than a batch or may have grown, in the same order as those of several logs one after the other.
    /// - Parameter grown: ids of batches that were open.
    package func listedBatches(since id: Int64, grown: some Sequence<Int64>) throws(JournalError) -> [ListedBatch] {
        let ids = "[\(grown.map(String.init).joined(separator: ","))]"
        return try listed(
            "id > ? OR id IN (SELECT value FROM json_each(?)) ORDER BY host, log, window_start, part",
            [id, ids]
        )
    }

    /// The number of the newest batch; 0 where there never was one.
    package func newestBatch() throws(JournalError) -> Int64 {
        try read("read the batches of") { database in
            try Int64.fetchOne(database, sql: "SELECT MAX(id) FROM batches") ?? 0
        }
    }

    private func listed(_ condition: String, _ arguments: StatementArguments) throws(JournalError) -> [ListedBatch] {
        try read("read the batches of") { database in
            let rows = try Row.fetchCursor(
                database.cachedStatement(sql: "SELECT \(Self.listed) FROM batches WHERE \(condition)"),
                arguments: arguments
            )
            var batches: [ListedBatch] = []
            while let row = try rows.next() {
                batches.append(
                    ListedBatch(
                        id: row[0],
                        name: LogName(host: row[1], log: row[2]),
                        start: Timestamp(milliseconds: row[3]),
                        end: Timestamp(milliseconds: row[4]),
                        isOpen: row[5],
                        byteCount: UInt64(clamping: row[6] as Int64),
                        lineCount: UInt64(clamping: row[7] as Int64)
                    )
                )
            }
            return batches
        }
    }
}
