import Foundation
import GRDB
import Synchronization

/// The local store that everything passes before it leaves: records waiting for MySQL, alert states, notifications,
/// mails, and what `status` shows.
///
/// One SQLite file in the state directory.
/// - One transaction holds everything of one group (`commit`), so a crash replays or forgets all of it together.
/// - Write-ahead log with `synchronous = FULL`: a commit that returned survives a loss of power. That is one
///   `fdatasync` of the log per group, not per record; `NORMAL` would lose the last seconds of samples, and would send
///   mails again, to save it. `docs/decisions/0009-journal-before-everything.md` has the figures.
/// - One connection. Readers in this process are the drains, which read a batch in a millisecond or so and then spend
///   their time elsewhere; a pool would cost a page cache per thread to save nothing. `status` reads from another
///   process, which the write-ahead log allows without blocking either.
/// - The file holds what is waiting, and shrinks once a backlog is gone (`Journal+Space.swift`).
///
/// Every call blocks for the disk, at most `busyTimeout` for another process's lock, and may be made on any thread.
package final class Journal: Sendable {
    /// The file's name in the state directory.
    package static let fileName = "journal.sqlite"
    static let busyTimeout: TimeInterval = 5
    /// A file this small is checked completely when it is opened; larger ones would delay the start.
    private static let checkedBytes: Int64 = 64 << 20

    package let path: String
    private let queue: DatabaseQueue
    /// The daemon's alone.
    let reserve: SpaceReserve?
    private let damage = Mutex<(isFound: Bool, action: (@Sendable () -> Void)?)>((false, nil))

    /// Opens the journal for the daemon; creates it, and brings an older schema up to date.
    ///
    /// The caller holds the `StateDirectoryLock`. Throws `.damaged` for a file that SQLite cannot read and
    /// `.newerSchema` for one that a later metricsd has written; neither is touched.
    /// - Parameter pageLimit: The most pages of 4 KiB that the file may have; reaching it is a full disk.
    package convenience init(at path: String, pageLimit: Int? = nil) throws(JournalError) {
        let bytes = try Journal.makePrivateFile(path)
        let isSuspected = Journal.hasNoteOfDamage(path)
        if bytes > 0 {
            try Journal.check(path, isSuspected ? .everything : bytes <= Journal.checkedBytes ? .quick : .schema)
        }
        // It was about another file: this one is new, or was mended.
        if isSuspected { Journal.removeNoteOfDamage(path) }
        try self.init(path: path, isReadOnly: false, keepsReserve: true)
        try exclusively("open") { database in
            // WAL pages that no checkpoint needs any more are given back beyond this size.
            try database.execute(sql: "PRAGMA journal_size_limit = \(16 << 20)")
            try database.execute(sql: "PRAGMA synchronous = FULL")
            if let pageLimit { try database.execute(sql: "PRAGMA max_page_count = \(pageLimit)") }
        }
        do {
            try JournalSchema.migrator.migrate(queue)
        } catch {
            throw JournalError(error, operation: "update the schema of", path: path)
        }
    }

    /// Opens the journal to read, as `status` does while the daemon writes. What would write throws `.readOnly`.
    package convenience init(readingAt path: String) throws(JournalError) {
        guard access(path, R_OK) == 0 else {
            let code = errno
            guard code == ENOENT else { throw JournalError(errno: code, operation: "read", path: path) }
            throw JournalError(kind: .missing, operation: "open", path: path, code: ENOENT, libraryText: "no such file")
        }
        try self.init(path: path, isReadOnly: true)
        try requireCurrentSchema()
    }

    private func requireCurrentSchema() throws(JournalError) {
        let isCurrent = try read("open") { database in
            if try JournalSchema.migrator.hasBeenSuperseded(database) { throw JournalSchema.Superseded() }
            return try JournalSchema.migrator.hasCompletedMigrations(database)
        }
        guard isCurrent else {
            throw JournalError(
                kind: .olderSchema,
                operation: "open",
                path: path,
                code: 0,
                libraryText: "written by an earlier version"
            )
        }
    }

    /// Opens the journal to change single rows of it while another process may be its daemon. The daemon sees them at its
    /// next look.
    ///
    /// Throws `.missing` where there is none and `.olderSchema` for one that a start of metricsd has to bring up to date.
    package convenience init(joiningAt path: String) throws(JournalError) {
        // Looks at everything without changing a byte.
        _ = try Journal(readingAt: path)
        try self.init(path: path, isReadOnly: false)
        try exclusively("open") { database in try database.execute(sql: "PRAGMA synchronous = FULL") }
    }

    private init(path: String, isReadOnly: Bool, keepsReserve: Bool = false) throws(JournalError) {
        self.path = path
        var configuration = GRDB.Configuration()
        configuration.label = "journal"
        configuration.readonly = isReadOnly
        configuration.busyMode = .timeout(Journal.busyTimeout)
        configuration.journalMode = isReadOnly ? .default : .wal
        configuration.prepareDatabase { database in
            // 1 MiB: the newest pages of each table, which is what every operation touches.
            try database.execute(sql: "PRAGMA cache_size = -1024")
            // Debian's SQLite overwrites what is deleted with zeros, so every drained page would be written once more.
            try database.execute(sql: "PRAGMA secure_delete = OFF")
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw JournalError(error, operation: "open", path: path)
        }
        reserve = keepsReserve ? SpaceReserve(beside: path) : nil
    }

    private enum Depth {
        case schema, quick, everything
    }

    /// Looks at a file without changing a byte of it: opening it to write would already do so.
    private static func check(_ path: String, _ depth: Depth) throws(JournalError) {
        let findings = try Journal(path: path, isReadOnly: true).read("check") { database in
            if try JournalSchema.migrator.hasBeenSuperseded(database) { throw JournalSchema.Superseded() }
            switch depth {
            case .schema: return "ok"
            case .quick: return try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? ""
            case .everything: return try String.fetchOne(database, sql: "PRAGMA integrity_check(1)") ?? ""
            }
        }
        guard findings == "ok" else {
            throw JournalError(
                kind: .damaged,
                operation: "read",
                path: path,
                code: ResultCode.SQLITE_CORRUPT.rawValue,
                libraryText: findings
            )
        }
    }

    /// The write-ahead log and the shared memory file that SQLite puts beside it take their permissions from this one.
    /// Returns the file's size.
    private static func makePrivateFile(_ path: String) throws(JournalError) -> Int64 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw JournalError(errno: errno, operation: "open", path: path) }
        defer { close(descriptor) }
        var status = stat()
        guard fchmod(descriptor, 0o600) == 0, fstat(descriptor, &status) == 0 else {
            throw JournalError(errno: errno, operation: "make private", path: path)
        }
        return Int64(status.st_size)
    }
}

extension Journal {
    func read<Value>(_ operation: String, _ body: (GRDB.Database) throws -> Value) throws(JournalError) -> Value {
        do {
            return try queue.read(body)
        } catch {
            throw noted(JournalError(error, operation: operation, path: path))
        }
    }

    /// In one transaction that an error rolls back.
    func write<Value>(_ operation: String, _ body: (GRDB.Database) throws -> Value) throws(JournalError) -> Value {
        do {
            return try queue.write(body)
        } catch {
            throw noted(JournalError(error, operation: operation, path: path))
        }
    }

    /// As `write`, for what takes things out or moves them on: may use the space that is put aside.
    func writeFromReserve<Value>(
        _ operation: String,
        _ body: (GRDB.Database) throws -> Value
    ) throws(JournalError) -> Value {
        do {
            return try write(operation, body)
        } catch {
            guard error.kind == .diskFull, reserve?.release() == true else { throw error }
            return try write(operation, body)
        }
    }

    /// Outside a transaction.
    func exclusively<Value>(
        _ operation: String,
        _ body: (GRDB.Database) throws -> Value
    ) throws(JournalError) -> Value {
        do {
            return try queue.inDatabase(body)
        } catch {
            throw noted(JournalError(error, operation: operation, path: path))
        }
    }

    /// What to do when damage is found in the file while it is used, once: nothing can be stored any more, and the next
    /// start sets the file aside.
    package func whenDamaged(_ action: @escaping @Sendable () -> Void) {
        damage.withLock { $0.action = action }
    }

    package var isDamaged: Bool { damage.withLock { $0.isFound } }

    private func noted(_ error: JournalError) -> JournalError {
        guard error.kind == .damaged, reserve != nil else { return error }
        let (isFirst, action) = damage.withLock { damage in
            defer { damage = (true, nil) }
            return (!damage.isFound, damage.action)
        }
        if isFirst { Journal.noteDamage(of: path) }
        action?()
        return error
    }
}
