import Wire

/// Whether what a host answers can be the answer to a request for logs: it is foreign, however well it decodes.
struct LogAnswer {
    /// Files of a log that are followed at once, far more than a rotation leaves.
    private static let filesLimit = 1_000
    /// How many new files a log can have in one answer.
    private static let newFilesLimit: UInt32 = 10_000
    /// Pieces that only bring the cursors on, or tell that the probe is at work.
    private static let emptyPiecesLimit = 4_096
    private static let lossesLimit = 1_000

    private let logs: [UInt16]
    /// By place in `logs`: the number of the newest file that is known.
    private var newestFiles: [UInt32]
    private var budget: Int
    private var emptyPieces = 0

    init(to reads: [LogRead], budgetBytes: Int) {
        logs = reads.map(\.log)
        newestFiles = reads.map { $0.cursors.map(\.fileNumber).max() ?? 0 }
        budget = budgetBytes
    }

    mutating func accepts(_ chunk: LogChunk) -> Bool {
        guard let place = logs.firstIndex(of: chunk.log),
            max(chunk.header.count, chunk.bytes.count) <= LogChunk.byteLimit
        else { return false }
        budget -= chunk.bytes.count
        if chunk.bytes.isEmpty { emptyPieces += 1 }
        guard budget >= 0, emptyPieces <= Self.emptyPiecesLimit, accepts(chunk.cursors, of: place) else { return false }
        return chunk.fileNumber > 0 && chunk.fileNumber <= newestFiles[place]
    }

    mutating func accepts(_ answer: LogsRead) -> Bool {
        guard answer.reports.map(\.log) == logs else { return false }
        for (place, report) in answer.reports.enumerated() {
            guard accepts(report.cursors, of: place), report.losses.count <= Self.lossesLimit,
                report.losses.allSatisfy({ $0.bytes ?? 0 <= UInt64(Int64.max) })
            else { return false }
        }
        return true
    }

    private mutating func accepts(_ cursors: [LogCursor], of place: Int) -> Bool {
        guard cursors.count <= Self.filesLimit else { return false }
        let (furthest, overflows) = newestFiles[place].addingReportingOverflow(Self.newFilesLimit)
        // Mostly in their order; a name that is switched back to an earlier file makes that the last one. A log that was
        // not there at the first look has a file 0, which never was one.
        var numbers: Set<UInt32> = []
        for cursor in cursors {
            guard cursor.isPlausible, numbers.insert(cursor.fileNumber).inserted else { return false }
        }
        let newest = numbers.max() ?? 0
        guard overflows || newest <= furthest else { return false }
        newestFiles[place] = max(newestFiles[place], newest)
        return true
    }
}

extension LogCursor {
    /// With no more hashed than the contract says.
    fileprivate var isPlausible: Bool {
        max(offset, headStart, knownSize) <= UInt64(Int64.max) && max(headLength, tailLength) <= 1_024
            && max(headHash.count, tailHash.count) <= 16
    }
}

extension LogsRead {
    private static let pathLimit = 4_096

    /// With paths of a length that a system can have; a host may send megabytes.
    var withBoundedTexts: LogsRead {
        var answer = self
        for report in answer.reports.indices {
            for loss in answer.reports[report].losses.indices {
                let path = answer.reports[report].losses[loss].file
                if path.utf8.count > Self.pathLimit {
                    answer.reports[report].losses[loss].file = String(path.prefix(Self.pathLimit / 4))
                }
            }
        }
        return answer
    }
}
