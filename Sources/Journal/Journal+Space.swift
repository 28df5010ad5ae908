import Foundation
import GRDB
import LogBatches

/// Giving disk space back after a backlog.
///
/// Freed pages are used again by later commits, so the file never exceeds its largest backlog. Once what is left is
/// small beside what is free, `VACUUM` copies the rest: its cost is the live pages only, so commits wait for
/// `vacuumedPages` at most. SQLite's incremental vacuum is not used: it searches its free list for every page
/// that it returns, which grows with the square of the backlog, and its page map costs every commit.
extension Journal {
    private static let vacuumedPages = 2_048
    private static let worthwhilePages = 4_096

    struct PageCounts {
        var total: Int
        var free: Int

        var isWorthReclaiming: Bool {
            let live = total - free
            return free >= Journal.worthwhilePages && live <= Journal.vacuumedPages && free >= 2 * live
        }
    }

    func pageCounts() throws(JournalError) -> PageCounts {
        try exclusively("read") { database in
            PageCounts(
                total: try Int.fetchOne(database.cachedStatement(sql: "PRAGMA page_count")) ?? 0,
                free: try Int.fetchOne(database.cachedStatement(sql: "PRAGMA freelist_count")) ?? 0
            )
        }
    }

    /// A failure costs nothing but space, and the next removal tries again.
    func reclaimSpace() {
        guard let counts = try? pageCounts(), counts.isWorthReclaiming else { return }
        try? exclusively("shrink") { database in
            try database.execute(sql: "VACUUM")
            // Passive: does not wait for a reader; a later checkpoint truncates the file then.
            try database.checkpoint(.passive)
        }
    }

    /// While the space put aside is in use on a full disk, new groups only get the pages that drains have freed.
    func leaveReserveToDrains(for group: JournalGroup) throws(JournalError) {
        guard let reserve, !reserve.restore() else { return }
        let bytes =
            group.records.reduce(0) { $0 + $1.payload.count } + group.logs.reduce(0) { $0 + $1.bytes }
            + group.batches.reduce(0) { $0 + $1.header.count + 1_024 }
        // Half of a page may stay empty behind each record.
        guard try pageCounts().free * 2_048 > bytes + 64 * 1_024 else {
            throw JournalError(
                kind: .diskFull,
                operation: "commit to",
                path: path,
                code: ResultCode.SQLITE_FULL.rawValue,
                libraryText: "the disk is full"
            )
        }
    }
}
