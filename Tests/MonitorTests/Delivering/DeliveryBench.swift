import Alerts
import Configuration
import Foundation
import Journal
import LogBatches
import Logging
import SSH
import Synchronization
import TestServers
import Testing
import Wire

@testable import Monitor

/// Closed batches with a journal, drains that deliver them, and the test's own thread as the recorder.
final class DeliveryBench: Sendable {
    let folder: TestFolder
    let journal: Journal
    let files: BatchFolder
    let log = LogSink()
    private let waiting = Mutex<[ServiceReport]>([])
    private let told = Mutex<[ServiceEvent]>([])

    init() throws {
        folder = try TestFolder("delivery")
        for name in ["state", "in"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(name)",
                withIntermediateDirectories: true
            )
        }
        journal = try Journal(at: "\(folder.path)/state/\(Journal.fileName)")
        files = BatchFolder(stateDirectory: "\(folder.path)/state")
    }

    // MARK: Batches

    /// A closed batch with this content.
    @discardableResult
    func close(
        _ content: String,
        as name: String,
        host: String = "web-1",
        delivery: String = "edw"
    ) throws -> LogBatch {
        let bytes = Array(content.utf8)
        let draft = LogBatch(
            host: host,
            log: "access",
            windowStart: Timestamp(milliseconds: 1_763_630_400_000),
            windowSeconds: 1_200,
            fileName: name,
            delivery: delivery,
            openedAt: .now
        )
        var batch = try journal.openBatch(draft) { _ in name }
        let path = files.path(of: batch)
        let parent = String(path[..<path.lastIndex(of: "/")!])
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        batch.state = .closed
        batch.byteCount = UInt64(bytes.count)
        batch.lineCount = UInt64(bytes.count { $0 == UInt8(ascii: "\n") })
        batch.sha256 = RunningHash.hexadecimal(of: bytes)
        batch.closedAt = .now
        batch.storedBytes = batch.byteCount
        try journal.save(batch)
        return batch
    }

    func batch(_ batch: LogBatch) throws -> LogBatch { try #require(try journal.batch(batch.id)) }

    /// The file here, which is sent.
    func write(_ content: String?, over batch: LogBatch) throws {
        let path = files.locate(batch) ?? files.path(of: batch)
        guard let content else { return try FileManager.default.removeItem(atPath: path) }
        try Data(content.utf8).write(to: URL(fileURLWithPath: path))
    }

    // MARK: The receiver's directory

    var incoming: String { "\(folder.path)/in" }

    /// Everything there, by name.
    func received() throws -> [String: String] {
        var files: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: incoming) {
            // One that a drain is just renaming or removing.
            guard let data = FileManager.default.contents(atPath: "\(incoming)/\(name)") else { continue }
            files[name] = String(decoding: data, as: UTF8.self)
        }
        return files
    }

    // MARK: Drains

    func settings(
        _ server: SSHServer,
        name: String = "edw",
        directory: String? = nil,
        timeout: Duration = .seconds(20),
        retry: Duration = .milliseconds(300)
    ) -> DeliverySettings {
        DeliverySettings(
            name: name,
            target: SSHTarget(
                name: name,
                address: "127.0.0.1",
                port: UInt16(server.port),
                user: server.user,
                credentials: SSHCredentials(keyFile: server.keyFile),
                knownHostsFiles: [server.knownHostsFile],
                timeout: timeout
            ),
            directory: directory ?? incoming,
            retry: retry,
            alerts: []
        )
    }

    /// A drain on a thread of its own, until `RunningDrain.end`.
    func deliver(_ settings: DeliverySettings, firstRetry: Duration = .milliseconds(20)) throws -> RunningDrain {
        let logger = Logger(label: "test") { [log] _ in LogfmtHandler(write: log.write) }
        return try RunningDrain { [journal, files] signal, interrupt in
            DeliveryDrain(
                settings: settings,
                journal: journal,
                folder: files,
                signal: signal,
                interrupt: interrupt,
                logger: logger,
                report: { report in self.waiting.withLock { $0.append(report) } },
                firstRetry: firstRetry
            ).run()
        }
    }

    /// Puts what was reported into the journal, as the recorder does.
    func record() throws {
        let reports = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        guard !reports.isEmpty else { return }
        try journal.commit(JournalGroup(createdAt: .now, batches: reports.flatMap(\.batches)))
        told.withLock { $0 += reports.flatMap(\.events) }
    }

    /// Records until the condition holds; the test fails where it does not within a minute.
    func wait(_ what: Comment, _ condition: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            try record()
            if try condition() { return }
            guard ContinuousClock.now < end else {
                Issue.record("\(what): not within a minute. \(log.text)")
                return
            }
            usleep(2_000)
        }
    }

    func waitUntilSent(_ batches: LogBatch...) throws { try waitUntilSent(batches) }

    func waitUntilSent(_ batches: [LogBatch]) throws {
        try wait("all sent") { try batches.allSatisfy { try batch($0).state == .sent } }
    }

    // MARK: What was told

    var events: [ServiceEvent] { told.withLock { $0 } }

    var conditions: [DeliveryCondition] {
        events.compactMap { if case .delivery(_, let condition) = $0 { condition } else { nil } }
    }
    var conflicts: [DeliveryConflict] {
        events.compactMap { if case .conflict(let conflict) = $0 { conflict } else { nil } }
    }
    var altered: [AlteredBatch] {
        events.compactMap { if case .altered(let altered) = $0 { altered } else { nil } }
    }
}

/// A drain on its thread.
final class RunningDrain: Sendable {
    let signal = DrainSignal()
    let interrupt = Interrupt()
    private let thread: NamedThread

    init(_ body: @escaping @Sendable (DrainSignal, Interrupt) -> Void) throws {
        thread = try NamedThread(name: "delivery") { [signal, interrupt] in body(signal, interrupt) }
    }

    /// As metricsd ends: the waits of the drain end at once. How long that took.
    @discardableResult
    func end() -> Duration {
        let begin = ContinuousClock.now
        interrupt.raise()
        signal.finish(by: .now)
        #expect(thread.join(until: .now + .seconds(20)))
        return begin.duration(to: .now)
    }

    /// To the end of what is due.
    func finish() {
        signal.finish(by: .now + .seconds(60))
        #expect(thread.join(until: .now + .seconds(70)))
    }
}

/// Lines of which no two are the same.
func numberedLines(_ count: Int, _ word: String = "line") -> String {
    (0..<count).map { "\(word) \($0) of \(count)\n" }.joined()
}
