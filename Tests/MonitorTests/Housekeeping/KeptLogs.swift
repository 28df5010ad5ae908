import Alerts
import Foundation
import Journal
import LogBatches
import Logging
import Synchronization
import TestServers
import Wire

@testable import Monitor

/// A state directory with a journal and the files of its batches, and a recorder that commits when the test says so.
final class KeptLogs {
    /// What is reported and not yet recorded.
    private final class Tray: Sendable {
        let reports = Mutex<[ServiceReport]>([])
    }

    static let day: Int64 = 86_400_000
    /// 2026-11-20 12:00 UTC
    static let noon = Timestamp(milliseconds: 1_795_176_000_000)

    let state: TestFolder
    let log = LogSink()
    private(set) var journal: Journal
    let folder: BatchFolder
    var now = KeptLogs.noon
    let signal = DrainSignal()
    /// What a file is to hold, by the batch's id.
    private(set) var contents: [Int64: String] = [:]
    private(set) var events: [ServiceEvent] = []
    private let tray = Tray()
    private var windows: Int64 = 0

    init(in folder: TestFolder? = nil) throws {
        state = try folder ?? TestFolder("housekeeping")
        journal = try Journal(at: "\(state.path)/\(Journal.fileName)")
        self.folder = BatchFolder(stateDirectory: state.path)
    }

    func ago(_ days: Double) -> Timestamp {
        Timestamp(milliseconds: now.milliseconds - Int64(days * Double(Self.day)))
    }

    /// A batch with its file.
    @discardableResult
    func add(
        _ state: LogBatch.State = .closed,
        host: String = "web-1",
        log: String = "access",
        delivery: String? = nil,
        closed: Timestamp,
        sent: Timestamp? = nil,
        content: String? = nil
    ) throws -> LogBatch {
        windows += 1
        let number = windows
        let text = content ?? "line \(number) of \(host)\n".repeated(50)
        var batch = try journal.openBatch(
            LogBatch(
                host: host,
                log: log,
                windowStart: Timestamp(milliseconds: 1_790_000_000_000 + number * 1_200_000),
                windowSeconds: 1_200,
                fileName: "",
                delivery: delivery,
                openedAt: closed
            ),
            name: { "access_\(number)-\($0).log" }
        )
        batch.state = state
        batch.byteCount = UInt64(text.utf8.count)
        batch.lineCount = UInt64(text.utf8.count { $0 == UInt8(ascii: "\n") })
        batch.sha256 = RunningHash.hexadecimal(of: Array(text.utf8))
        batch.storedBytes = batch.byteCount
        if state != .open { batch.closedAt = closed }
        if state == .sent { batch.sentAt = sent ?? closed }
        let path = folder.path(of: batch)
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true
        )
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        try journal.save(batch)
        contents[batch.id] = text
        return batch
    }

    func housekeeper(
        _ stores: [LogName: StoreSettings] = [LogName(host: "web-1", log: "access"): StoreSettings(prefix: "access")],
        budget: DiskBudget? = nil,
        isSummarized: Bool = false
    ) -> Housekeeper {
        Housekeeper(
            stores: stores,
            journal: journal,
            folder: folder,
            budget: budget ?? DiskBudget(budget: nil, stateDirectory: state.path, leastFree: 0),
            isSummarized: isSummarized,
            signal: signal,
            logger: Logger(label: "test") { [log] _ in
                var handler = LogfmtHandler(write: log.write)
                handler.logLevel = .debug
                return handler
            },
            clock: { [unowned self] in ClockReading(wall: now, running: 0, sinceBoot: 0) },
            report: { [tray] report in tray.reports.withLock { $0.append(report) } }
        )
    }

    /// What the recorder does.
    func record() throws {
        for report in tray.reports.withLock({ $0 }) {
            try journal.commit(
                JournalGroup(
                    createdAt: report.at.wall,
                    batches: report.batches,
                    removedBatches: report.removed.map(\.id)
                )
            )
            events += report.events
        }
        forget()
    }

    /// metricsd is killed: what was reported and is not recorded is lost.
    func forget() { tray.reports.withLock { $0 = [] } }

    /// The next start.
    func recover() throws {
        let recovery = try BatchRecovery.recover(
            folder: folder,
            batches: try journal.batchesToSettle(),
            stored: [],
            now: now
        )
        for batch in recovery.batches { try journal.save(batch) }
    }

    /// A round, and all that follows of it.
    func tidy(_ housekeeper: Housekeeper) throws {
        try housekeeper.makeRound()
        try record()
        try housekeeper.endPending()
    }

    func stored(_ batch: LogBatch) throws -> LogBatch? { try journal.batch(batch.id) }

    /// The content as a reader gets it; nil where there is no file.
    func read(_ batch: LogBatch) throws -> String? {
        guard let now = try journal.batch(batch.id), folder.locate(now) != nil else { return nil }
        let reader = try BatchFileReader(now, in: folder)
        var bytes = [UInt8](repeating: 0, count: Int(now.byteCount) + 1)
        var count = 0
        while true {
            let more = try bytes.withUnsafeMutableBytes {
                try reader.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[count...]))
            }
            guard more > 0 else { break }
            count += more
        }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Everything below `logs`, hidden files included.
    func files() -> [String] {
        let names = FileManager.default.enumerator(atPath: "\(state.path)/logs")?.compactMap { $0 as? String } ?? []
        return names.filter {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(state.path)/logs/\($0)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }.sorted()
    }

    var alterations: [String] {
        events.compactMap { event in
            guard case .altered(let altered) = event else { return nil }
            return "\(altered.host) \(altered.log): \(altered.finding)"
        }
    }
}

extension String {
    fileprivate func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}
