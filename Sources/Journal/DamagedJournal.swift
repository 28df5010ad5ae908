import Alerts
import Foundation
package import Wire

/// A journal that SQLite cannot make sense of, as it was moved aside: the evidence, and what can still be read of it.
package struct DamagedJournal: Equatable, Sendable {
    /// Holds the file, those beside it, and `finding.txt`.
    package let folder: String
    /// What SQLite said of it.
    package let finding: String
    package let bytes: Int64
}

extension Journal {
    private static let partners = ["-wal", "-shm"]

    /// Opens the journal for the daemon, as `init(at:pageLimit:)`. A damaged file is moved to `set-aside/journal-TIME` beside
    /// it, with its write-ahead log and what was found, and an empty journal is begun: a monitor that does not start watches
    /// nobody. The caller tells of it.
    ///
    /// Blocks for the disk. Throws what opening throws, and `.damaged` where the file cannot be moved.
    package static func openSettingDamagedAside(
        at path: String,
        now: Timestamp
    ) throws(JournalError) -> (journal: Journal, damaged: DamagedJournal?) {
        let finding: JournalError
        do throws(JournalError) {
            return (try Journal(at: path), nil)
        } catch {
            guard error.kind == .damaged else { throw error }
            finding = error
        }
        let damaged = try setAside(path, because: finding, now: now)
        return (try Journal(at: path), damaged)
    }

    /// The file goes first: a write-ahead log without one is emptied by SQLite, never read into the new journal.
    private static func setAside(
        _ path: String,
        because error: JournalError,
        now: Timestamp
    ) throws(JournalError) -> DamagedJournal {
        let files = FileManager.default
        let state = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let folder = unusedFolder("\(state)/set-aside/journal-\(now.utcText.filter { $0.isNumber }.prefix(14))")
        let bytes = (try? files.attributesOfItem(atPath: path))?[.size] as? Int64 ?? 0
        do {
            try files.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            let text = "\(now.utcText) UTC: \(error.libraryText) (code \(error.code)) in \(path)\n"
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/finding.txt"))
            for name in [path] + partners.map({ path + $0 }) where files.fileExists(atPath: name) {
                try files.moveItem(atPath: name, toPath: "\(folder)/\(URL(fileURLWithPath: name).lastPathComponent)")
            }
        } catch let failure {
            // What was found stands beside why it could not be moved: both have to be mended.
            throw JournalError(
                kind: .damaged,
                operation: error.operation,
                path: path,
                code: error.code,
                libraryText:
                    "\(error.libraryText), and it cannot be moved to \(folder): \(failure.localizedDescription)"
            )
        }
        removeNoteOfDamage(path)
        return DamagedJournal(folder: folder, finding: error.libraryText, bytes: bytes)
    }

    /// Two damages within a second keep their evidence apart.
    private static func unusedFolder(_ path: String) -> String {
        let names = [path] + (2...99).map { "\(path)-\($0)" }
        return names.first { access($0, F_OK) != 0 } ?? path
    }

    // MARK: Damage found while it is used

    private static func noteOfDamage(of path: String) -> String { "\(path)-damaged" }

    /// A large file is not checked when it is opened, so that damage was found in it is noted for the next start, which then
    /// looks at all of it.
    static func noteDamage(of path: String) {
        let descriptor = open(noteOfDamage(of: path), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        // Without the note, a full disk's for example, the damage is found again when it is met again.
        if descriptor >= 0 { close(descriptor) }
    }

    static func hasNoteOfDamage(_ path: String) -> Bool { access(noteOfDamage(of: path), F_OK) == 0 }

    static func removeNoteOfDamage(_ path: String) { unlink(noteOfDamage(of: path)) }
}
