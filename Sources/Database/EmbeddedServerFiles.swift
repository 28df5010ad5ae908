import Foundation

/// The folder of an embedded server, and the programs that work on it.
struct EmbeddedServerFiles {
    let directory: String
    /// Where the server's programs are looked for, as in `PATH`.
    let programPath: String

    var socket: String { "\(directory)/mariadb.sock" }
    var log: String { "\(directory)/mariadb.log" }
    private var data: String { "\(directory)/data" }
    private static let unfinished = "data.unfinished"
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

    /// The process of a server that works on this folder: one that has its data directory as an argument. The pid file
    /// does not tell, because a server writes it only when it is up.
    func runningServer() -> pid_t? {
        guard let own = FileIdentity(data),
            let processes = try? FileManager.default.contentsOfDirectory(atPath: "/proc")
        else { return nil }
        let option = "--datadir="
        return processes.lazy.compactMap { pid_t($0) }.first { number in
            let arguments = DetachedProcess.arguments(of: number)
            guard arguments.first?.hasSuffix("mariadbd") == true else { return false }
            return arguments.contains {
                $0.hasPrefix(option) && FileIdentity(String($0.dropFirst(option.count))) == own
            }
        }
    }

    /// Makes the data directory where there is none.
    func initialise(within limit: Duration, unless isCancelled: () -> Bool) throws(DatabaseError) {
        if FileManager.default.fileExists(atPath: data) { return }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        where name.hasPrefix(Self.unfinished) {
            try? FileManager.default.removeItem(atPath: "\(directory)/\(name)")
        }
        // A name of its own: the programs of a killed metricsd may still be at work on theirs.
        let unfinishedData = "\(directory)/\(Self.unfinished).\(getpid())"
        let program = try locate("mariadb-install-db")
        let arguments =
            [
                "--no-defaults", "--datadir=\(unfinishedData)", "--auth-root-authentication-method=normal",
                // A folder for temporary tables of its own: a server that starts deletes those of every other.
                "--skip-test-db", "--tmpdir=\(temporary)",
                // Without it, the program looks up this machine's name, which may fail or take long, for nothing.
                "--force",
            ] + userArguments
        let process = try spawn(program, arguments)
        let clock = ContinuousClock()
        let end = clock.now + limit
        var ending: String?
        repeat {
            ending = process.waitForEnd(within: .milliseconds(200))
            if ending == nil, isCancelled() || clock.now >= end {
                process.killSession()
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
        // Of an earlier server that did not end cleanly; none is running.
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
        guard let path = SystemProgram.locate(program, in: programPath) else {
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

/// What a file is, by whatever path it is reached.
private struct FileIdentity: Equatable {
    let device: dev_t
    let number: ino_t

    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = status.st_dev
        number = status.st_ino
    }
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
