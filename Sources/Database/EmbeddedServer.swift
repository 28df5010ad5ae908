import Foundation

/// A private MariaDB server in a folder of its own, reached through a unix socket. For where no `<database>` is
/// configured.
///
/// The folder is open to this user only, and the server listens nowhere else: whoever may enter the folder is the
/// database's `root`. The data directory is made under another name and renamed when it is complete, so an
/// initialisation that was cut short is done again.
///
/// The server runs in a session of its own and is ended by `stop(within:)` only. If metricsd is killed it goes on
/// running, with everything that was committed; the next start finds it by its data directory and takes it over. A service
/// manager that ends a whole control group ends it too, which it survives.
///
/// Belongs to one thread; every call blocks.
package final class EmbeddedServer {
    package let directory: String

    private let files: EmbeddedServerFiles
    private var lock: FolderLock?
    private var process: DetachedProcess?
    private var restarts = RestartPause()
    private let clock = ContinuousClock()

    /// - Parameters:
    ///   - directory: becomes the server's own; created where it is missing.
    ///   - programPath: where the server's programs are looked for; by default in `PATH` and the system's folders.
    /// - Throws: where the folder's path is too long for a socket.
    package init(directory: String, programPath: String? = nil) throws(DatabaseError) {
        // The server does not start in this program's working directory.
        let folder = FileManager.default.currentDirectoryPath
        self.directory = directory.hasPrefix("/") ? directory : "\(folder)/\(directory)"
        files = EmbeddedServerFiles(directory: self.directory, programPath: programPath ?? SystemProgram.path)
        // sun_path has 108 bytes with the final zero, man 7 unix.
        let excess = files.socket.utf8.count - 107
        guard excess <= 0 else {
            throw files.objection(
                "the path of its socket, \(files.socket), is \(excess) bytes too long for a socket",
                mend: "Choose a state directory with a shorter path"
            )
        }
    }

    /// Where to connect once `start` returned.
    package var settings: DatabaseSettings {
        DatabaseSettings(socket: files.socket, name: "metricsd", user: "root")
    }

    /// The server's process while there is one.
    package var processIdentifier: Int32? { process?.processIdentifier }

    /// Initialises the folder where needed, then starts the server, or takes over one that a killed metricsd left
    /// running, and waits until it answers and has the database `metricsd`.
    ///
    /// - Parameters:
    ///   - limit: for all of it.
    ///   - isCancelled: asked several times a second; true ends the wait with an error and leaves the server to `stop`.
    @discardableResult
    @available(*, noasync)
    package func start(
        within limit: Duration = .seconds(60),
        unless isCancelled: () -> Bool = { false }
    ) throws(DatabaseError) -> DatabaseSettings {
        let end = clock.now + limit
        try files.createFolders()
        if lock == nil { lock = try files.takeLock() }
        if process == nil, let running = files.runningServer() {
            process = DetachedProcess(adopting: running)
            do throws(DatabaseError) {
                // It may be on its way up, or down.
                try waitUntilItAnswers(until: min(end, clock.now + .seconds(20)), isCancelled)
                return settings
            } catch {
                if isCancelled() { throw error }
                process?.stop(within: .seconds(10))
                process = nil
            }
        }
        try files.initialise(within: end - clock.now, unless: isCancelled)
        process = try files.startServer()
        try waitUntilItAnswers(until: end, isCancelled)
        return settings
    }

    /// Starts the server again if it ended. Call it before each new connection.
    ///
    /// - Throws: a transient error while a server that keeps ending has to wait, longer each time up to a minute.
    @available(*, noasync)
    package func ensureRunning(unless isCancelled: () -> Bool = { false }) throws(DatabaseError) {
        if let process {
            guard let ending = process.ending() else { return }
            self.process = nil
            restarts.ended(at: clock.now, ending)
        }
        if let (seconds, ending) = restarts.remaining(at: clock.now) {
            throw files.objection("it \(ending) and is started again in \(seconds) s", isTransient: true)
        }
        do throws(DatabaseError) {
            try start(unless: isCancelled)
            restarts.started(at: clock.now)
        } catch {
            restarts.ended(at: clock.now, "did not start")
            throw error
        }
    }

    /// Ends the server cleanly, and kills it where it takes longer; what was committed stays either way.
    @available(*, noasync)
    package func stop(within limit: Duration = .seconds(20)) {
        if let process, process.ending() == nil { process.stop(within: limit) }
        process = nil
        lock = nil
    }

    private func waitUntilItAnswers(
        until end: ContinuousClock.Instant,
        _ isCancelled: () -> Bool
    ) throws(DatabaseError) {
        var settings = settings
        settings.name = ""
        while true {
            do throws(DatabaseError) {
                let connection = try MySQLConnection(settings)
                try connection.execute(
                    "CREATE DATABASE IF NOT EXISTS metricsd CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                    operation: "create the database"
                )
                return
            } catch {
                guard error.isTransient else { throw error }
                if let ending = process?.ending() {
                    process = nil
                    throw files.objection("it \(ending) while it started: \(files.lastErrors())")
                }
                if isCancelled() { throw files.objection("the start was cancelled", isTransient: true) }
                if clock.now >= end {
                    throw files.objection("it does not answer: \(error.text)", isTransient: true)
                }
            }
            usleep(20_000)
        }
    }
}

/// How long a server that keeps ending has to wait for its next start: a second, doubled each time up to a minute.
struct RestartPause {
    private var failures = 0
    private var startedAt: ContinuousClock.Instant?
    private var next: ContinuousClock.Instant?
    private var ending = ""

    mutating func started(at now: ContinuousClock.Instant) {
        startedAt = now
        next = nil
    }

    mutating func ended(at now: ContinuousClock.Instant, _ ending: String) {
        // One that ran for a while may start again at once.
        if let startedAt, now - startedAt >= .seconds(60) { failures = 0 }
        startedAt = nil
        self.ending = ending
        next = failures == 0 ? now : now + .seconds(min(60, 1 << min(failures - 1, 6)))
        failures += 1
    }

    /// The whole seconds to wait, nil when it is time.
    func remaining(at now: ContinuousClock.Instant) -> (seconds: Int64, ending: String)? {
        guard let next, next > now else { return nil }
        return ((next - now).components.seconds + 1, ending)
    }
}
