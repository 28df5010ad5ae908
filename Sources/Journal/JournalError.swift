import Foundation
import GRDB

/// Why the journal could not be opened, read or written.
package struct JournalError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Equatable, Sendable {
        /// SQLite cannot make sense of the file.
        case damaged
        /// A later metricsd has written the file.
        case newerSchema
        /// An earlier metricsd has written the file, and it was opened only to be read.
        case olderSchema
        /// Opened to be read, and there is no file.
        case missing
        case diskFull
        case inputOutput
        /// Another process held SQLite's lock for longer than the busy timeout.
        case busy
        /// Permissions, a folder that is not there, a read-only file system.
        case inaccessible
        /// A write to a journal opened only to be read.
        case readOnly
        /// Another metricsd uses the state directory; its process id where the lock file tells.
        case alreadyRunning(pid: Int32?)
        /// A value in the file that this version does not understand, or a mistake in metricsd itself.
        case unexpected
    }

    package let kind: Kind
    /// What was being done, as a verb: "open", "commit to".
    package let operation: String
    package let path: String
    /// SQLite's extended result code, or `errno`.
    package let code: Int32
    package let libraryText: String

    /// The same operation may succeed later without anybody changing the state directory or the program.
    package var isTransient: Bool {
        switch kind {
        case .diskFull, .inputOutput, .busy: true
        default: false
        }
    }

    package var description: String {
        let facts = "cannot \(operation) the journal \(path): \(libraryText)" + (code == 0 ? "" : " (code \(code))")
        return switch kind {
        case .damaged:
            "\(facts). The next start of `metricsd run` moves it to set-aside/ and begins a new one; "
                + "`sqlite3 FILE .recover` saves what can be read of it."
        case .newerSchema:
            "the journal \(path) was written by a newer metricsd. Start that version, or move the file away to begin "
                + "with an empty one."
        case .olderSchema:
            "the journal \(path) was written by an older metricsd. `metricsd run` brings it up to date."
        case .missing:
            "there is no journal \(path). `metricsd run` creates it; is this the state directory of the configuration?"
        case .diskFull:
            "\(facts). Free space on its file system; nothing in it is lost, and metricsd tries again."
        case .inputOutput:
            "\(facts). Look at the kernel's log for errors of the disk; metricsd tries again."
        case .busy:
            "\(facts). Another program holds it open to write; end that program."
        case .inaccessible:
            "\(facts). Make the state directory exist and belong to the user that runs metricsd, and run this as that "
                + "user (sudo -u metricsd …)."
        case .readOnly:
            "\(facts). It was opened only to be read; `metricsd run` writes it."
        case .alreadyRunning(let pid):
            "\(path) is held by another metricsd\(pid.map { " (pid \($0))" } ?? ""). "
                + "Stop that one, or give this one its own <state directory>."
        case .unexpected:
            "\(facts). Please report this."
        }
    }
}

extension JournalError {
    init(_ error: any Error, operation: String, path: String) {
        switch error {
        case let error as JournalError:
            self = error
        case is JournalSchema.Superseded:
            self.init(kind: .newerSchema, operation: operation, path: path, code: 0, libraryText: "newer schema")
        case let error as DatabaseError:
            self.init(
                kind: Kind(error.resultCode),
                operation: operation,
                path: path,
                code: error.extendedResultCode.rawValue,
                libraryText: error.message ?? error.extendedResultCode.description
            )
        default:
            self.init(kind: .unexpected, operation: operation, path: path, code: 0, libraryText: "\(error)")
        }
    }

    init(errno code: Int32, operation: String, path: String) {
        let kind: Kind =
            switch code {
            case ENOSPC, EDQUOT: .diskFull
            case EIO: .inputOutput
            default: .inaccessible
            }
        let text = String(cString: strerror(code))
        self.init(kind: kind, operation: operation, path: path, code: code, libraryText: text)
    }
}

extension JournalError.Kind {
    /// <https://www.sqlite.org/rescode.html>
    fileprivate init(_ code: ResultCode) {
        switch code {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged
        case .SQLITE_FULL: self = .diskFull
        case .SQLITE_IOERR, .SQLITE_NOMEM: self = .inputOutput
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: self = .inaccessible
        case .SQLITE_READONLY: self = .readOnly
        default: self = .unexpected
        }
    }
}
