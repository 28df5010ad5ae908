import Foundation

/// The folder of an embedded server, and the programs that work on it.
struct EmbeddedServerFiles {
    let directory: String

    var socket: String { "\(directory)/mariadb.sock" }
    var log: String { "\(directory)/mariadb.log" }
    private var data: String { "\(directory)/data" }
    private var unfinishedData: String { "\(directory)/data.unfinished" }
    private var temporary: String { "\(directory)/tmp" }
    private var processIdentifierFile: String { "\(directory)/mariadb.pid" }
    private var lockFile: String { "\(directory)/lock" }

    /// Only for this user: whoever can reach the socket may do everything.
    func createFolders() throws(DatabaseError) {
        for path in [directory, temporary] {
            do {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            } catch {
                throw objection("cannot create \(path): \(error.localizedDescription)", mend: Self.stateMend)
            }
            guard chmod(path, 0o700) == 0 else {
                throw objection("cannot close \(path) to others: \(Self.systemError)", mend: Self.stateMend)
            }
        }
    }

    func takeLock() throws(DatabaseError) -> FolderLock {
        do {
            return try FolderLock(lockFile)
        } catch {
            guard error.code == EWOULDBLOCK else {
                throw objection(
                    "cannot lock \(lockFile): \(String(cString: strerror(error.code)))",
                    mend: Self.stateMend
                )
            }
            throw objection(
                "another metricsd uses \(directory)",
                mend: "End it, or give this one a state directory of its own"
            )
        }
    }

    /// The process of a server that works on this folder.
    func runningServer() -> pid_t? {
        guard let text = try? String(contentsOfFile: processIdentifierFile, encoding: .utf8),
            let number = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)), number > 1,
            DetachedProcess.arguments(of: number).contains("--datadir=\(data)")
        else { return nil }
        return number
    }

    /// Makes the data directory where there is none.
    func initialise(within limit: Duration, unless isCancelled: () -> Bool) throws(DatabaseError) {
        if FileManager.default.fileExists(atPath: data) { return }
        try? FileManager.default.removeItem(atPath: unfinishedData)
        let program = try locate("mariadb-install-db")
        let arguments =
            [
                "--no-defaults", "--datadir=\(unfinishedData)", "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ] + userArguments
        let process = try spawn(program, arguments)
        let clock = ContinuousClock()
        let end = clock.now + limit
        var ending: String?
        repeat {
            ending = process.waitForEnd(within: .milliseconds(200))
            if ending == nil, isCancelled() || clock.now >= end {
                process.stop(within: .seconds(1))
                throw objection("its data directory was not ready in time", isTransient: true)
            }
        } while ending == nil
        guard ending == "exited with status 0" else {
            throw objection("mariadb-install-db \(ending ?? ""): \(lastErrors())", mend: Self.stateMend)
        }
        // What the name stands for has to be on the disk before the name.
        sync()
        guard rename(unfinishedData, data) == 0 else {
            throw objection("cannot rename \(unfinishedData): \(Self.systemError)", mend: Self.stateMend)
        }
    }

    func startServer() throws(DatabaseError) -> DetachedProcess {
        let program = try locate("mariadbd")
        // Of an earlier server that did not end cleanly. None is running: its pid file would have told.
        unlink(socket)
        unlink(processIdentifierFile)
        let arguments =
            [
                "--no-defaults", "--datadir=\(data)", "--socket=\(socket)", "--pid-file=\(processIdentifierFile)",
                "--tmpdir=\(temporary)", "--skip-networking", "--skip-log-bin", "--skip-name-resolve",
                "--symbolic-links=0", "--local-infile=0", "--performance-schema=OFF",
                "--character-set-server=utf8mb4", "--default-time-zone=+00:00",
                "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M", "--innodb-log-buffer-size=4M",
                "--key-buffer-size=1M", "--aria-pagecache-buffer-size=2M", "--max-connections=40",
                "--table-open-cache=400", "--max-allowed-packet=16M",
            ] + userArguments
        return try spawn(program, arguments)
    }

    /// The last lines of the log that tell of an error, for a message.
    func lastErrors() -> String {
        guard let handle = FileHandle(forReadingAtPath: log) else { return "\(log) cannot be read" }
        defer { try? handle.close() }
        let size = (try? handle.seekToEnd()) ?? 0
        try? handle.seek(toOffset: size > 16_384 ? size - 16_384 : 0)
        let text = String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
        let lines = text.split(separator: "\n").map(String.init)
        let errors = lines.filter { $0.contains("ERROR") || $0.contains("rror:") }
        return (errors.isEmpty ? lines.suffix(3) : errors.suffix(3)).joined(separator: " / ") + " (all in \(log))"
    }

    func objection(_ text: String, mend: String? = nil, isTransient: Bool = false) -> DatabaseError {
        DatabaseError(
            operation: "run the embedded MariaDB",
            server: socket,
            text: text,
            mend: mend,
            isTransient: isTransient,
            isConnectionLost: true
        )
    }

    /// MariaDB refuses to run as root unless it is told to.
    private var userArguments: [String] { geteuid() == 0 ? ["--user=root"] : [] }

    private func locate(_ program: String) throws(DatabaseError) -> String {
        guard let path = SystemProgram.locate(program) else {
            throw objection(
                "\(program) is not installed",
                mend: "Install it (Debian, Ubuntu: apt-get install mariadb-server-core mariadb-client-core), or name a "
                    + "server in <database>"
            )
        }
        return path
    }

    private func spawn(_ program: String, _ arguments: [String]) throws(DatabaseError) -> DetachedProcess {
        do {
            return try DetachedProcess(program, arguments, log: log)
        } catch {
            throw objection("cannot start \(program): \(error.text)", mend: Self.stateMend)
        }
    }

    private static let stateMend = "Check that the state directory belongs to this user and that its disk is not full"

    private static var systemError: String { String(cString: strerror(errno)) }
}

/// Keeps a second program out of a folder while the value lives, and lets it in when this program ends in any way.
final class FolderLock {
    struct Failure: Error {
        let code: Int32
    }

    private let descriptor: Int32

    init(_ path: String) throws(Failure) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            throw Failure(code: code)
        }
    }

    deinit { close(descriptor) }
}
