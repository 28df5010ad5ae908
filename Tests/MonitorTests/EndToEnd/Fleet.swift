import Configuration
import Foundation
import Journal
import Logging
import Synchronization
import TestServers

@testable import Monitor

/// A running metricsd in this process, on a real sshd and a real MariaDB, configured by a real document.
///
/// `$PORT`, `$KEY`, `$KNOWN_HOSTS`, `$USER`, `$SOCKET` and `$FOLDER` in the document are replaced. Everything ends with
/// the value.
final class Fleet {
    let folder: TestFolder
    let sshd: SSHServer
    let database: MariaDBServer
    let log = LogSink()
    private let document: String
    private(set) var monitoring: Monitoring?

    init(
        _ hosts: String,
        attributes: String = "interval=\"1s\" metrics=\"uptime_seconds\"",
        services: String = "",
        database: MariaDBServer? = nil,
        databaseSocket: String? = nil,
        remoteDirectory: String? = "$FOLDER/probe",
        sshd options: SSHServer.Options = .init()
    ) throws {
        folder = try TestFolder("fleet")
        sshd = try SSHServer(options)
        let database = try database ?? MariaDBServer()
        self.database = database
        let place = remoteDirectory.map { "remote-directory=\"\($0)\" " } ?? ""
        document = """
            <metricsd user="$USER" key="$KEY" known-hosts="$KNOWN_HOSTS" \(place)\(attributes)>
              <state directory="$FOLDER/state"/>
              <database socket="$SOCKET" user="root" name="metricsd"/>
              \(services)
              \(hosts)
            </metricsd>
            """
            .replacing("$PORT", with: "\(sshd.port)").replacing("$KEY", with: sshd.keyFile)
            .replacing("$KNOWN_HOSTS", with: sshd.knownHostsFile).replacing("$USER", with: sshd.user)
            .replacing("$SOCKET", with: databaseSocket ?? database.socket).replacing("$FOLDER", with: folder.path)
    }

    deinit { monitoring?.stop() }

    /// Starts metricsd on the document, again after `stop()`.
    ///
    /// - Parameter adjust: sets what a document may not say, such as a tiny limit.
    func start(
        replacing changes: [String: String] = [:],
        mode: Monitoring.Mode = .continuous,
        retry: RetryPolicy = RetryPolicy(),
        adjusting adjust: (inout ServerConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = try ServerConfiguration.load(try write(changes))
        adjust(&configuration)
        let logger = Logger(label: "test") { [log] _ in
            var handler = LogfmtHandler(write: log.write)
            handler.logLevel = .debug
            return handler
        }
        let monitoring = try Monitoring(
            configuration,
            mode: mode,
            groupingWindow: .milliseconds(100),
            retry: retry,
            logger: logger
        )
        self.monitoring = monitoring
        try monitoring.start()
    }

    /// Changes the document, and has metricsd read it again.
    @discardableResult
    func reload(replacing changes: [String: String]) throws -> ReloadOutcome? {
        _ = try write(changes)
        return monitoring?.reload()
    }

    /// Writes the document. - Returns: the path.
    func write(_ changes: [String: String] = [:]) throws -> String {
        var text = document
        for (old, new) in changes { text = text.replacing(old, with: new.replacing("$PORT", with: "\(sshd.port)")) }
        return try folder.file("server_config.xml", text)
    }

    func stop() {
        monitoring?.stop()
        monitoring = nil
    }

    /// The rows of a query, cells joined by tabs.
    func rows(_ sql: String) throws -> [String] {
        try database.client(["--skip-column-names", "metricsd"], input: sql).split(separator: "\n").map(String.init)
    }

    /// The rows, once there are some that satisfy the condition; a failure quotes the log.
    @discardableResult
    func rows(
        _ sql: String,
        seconds: Double = 60,
        until condition: ([String]) -> Bool
    ) throws -> [String] {
        var rows: [String] = []
        try wait(seconds: seconds, "rows of \(sql)") {
            // The tables are not there before metricsd has made them.
            guard let answer = try? self.rows(sql) else { return false }
            rows = answer
            return condition(rows)
        }
        return rows
    }

    func wait(seconds: Double = 60, _ what: @autoclosure () -> String, until condition: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while try !condition() {
            guard ContinuousClock.now < end else {
                throw TestProcess.Failure(description: "no \(what()) after \(seconds) s; the log says:\n\(log.text)")
            }
            usleep(50_000)
        }
    }

    func status(of host: String) -> HostState? {
        monitoring?.board.current.first { $0.state.host == host }?.state
    }
}

/// What the daemon logged.
final class LogSink: Sendable {
    private let lines = Mutex<[String]>([])
    private let rung = DrainSignal()

    @Sendable func write(_ line: String) {
        lines.withLock { $0.append(line) }
        rung.ring()
    }

    /// Blocks until there is a line that holds all of the words. - Throws: when there is none in time.
    func wait(for words: String..., seconds: Double = 20) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while !lines.withLock({ $0.contains { line in words.allSatisfy(line.contains) } }) {
            guard ContinuousClock.now < end else {
                throw TestProcess.Failure(
                    description: "no line with \(words) after \(seconds) s; the log says:\n\(text)"
                )
            }
            rung.wait(for: .seconds(1))
        }
    }

    var text: String { lines.withLock { $0.joined() } }

    /// Lines that hold all of the words.
    func lines(with words: String...) -> [String] {
        lines.withLock { $0.filter { line in words.allSatisfy(line.contains) } }
    }
}
