import AccessLogs
import Foundation
import LogBatches
import TestServers
import Wire

/// A state directory, and what a journal would hold of one log's batches.
final class StoreHarness {
    let state: TestFolder
    let folder: BatchFolder
    let settings: StoreSettings
    let host: String
    /// By their ids, as the journal has them.
    var journal: [Int64: LogBatch] = [:]
    private var lastID: Int64 = 0
    var refusesReservations = false
    var reservations = 0

    struct Refusal: Error, CustomStringConvertible {
        /// A sentence with its mend, as a `JournalError` is.
        let description = "the journal is full. Free space."
    }

    init(
        _ settings: StoreSettings = StoreSettings(prefix: "access", delivery: "edw"),
        host: String = "web-1",
        at stateDirectory: String? = nil
    ) throws {
        state = try TestFolder("batches")
        folder = BatchFolder(stateDirectory: stateDirectory ?? state.path)
        self.settings = settings
        self.host = host
    }

    var batches: [LogBatch] { journal.values.sorted { $0.id < $1.id } }

    func writer() -> BatchWriter {
        BatchWriter(
            folder: folder,
            settings: settings,
            host: host,
            address: "192.0.2.11",
            log: "access",
            format: "combined",
            open: batches.filter { $0.state == .open },
            reserve: { [unowned self] draft, name in try reserve(draft, name) }
        )
    }

    private func reserve(_ draft: LogBatch, _ name: (Int) -> String) throws -> LogBatch {
        if refusesReservations { throw Refusal() }
        reservations += 1
        let parts = journal.values.filter { $0.windowStart == draft.windowStart }.map(\.part)
        lastID += 1
        var batch = draft
        batch.id = lastID
        batch.part = (parts.max() ?? 0) + 1
        batch.fileName = name(batch.part)
        precondition(!journal.values.contains { $0.fileName == batch.fileName })
        journal[batch.id] = batch
        return batch
    }

    func commit(_ batches: [LogBatch]) {
        for batch in batches { journal[batch.id] = batch }
    }

    func recover(at now: Timestamp = .morning, isStored: Bool = true) throws -> BatchRecovery {
        let recovery = try BatchRecovery.recover(
            folder: folder,
            batches: batches,
            stored: isStored ? [.init(host: host, log: "access")] : [],
            now: now
        )
        commit(recovery.batches)
        return recovery
    }

    func content(_ batch: LogBatch) throws -> String {
        String(decoding: try bytes(batch), as: UTF8.self)
    }

    func bytes(_ batch: LogBatch, pieces: Int = 4_096) throws -> [UInt8] {
        let reader = try BatchFileReader(batch, in: folder)
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: pieces)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try reader.read(into: $0) }
            if count == 0 { return content }
            content += buffer[..<count]
        }
    }

    func path(_ batch: LogBatch) -> String { folder.path(of: batch) }

    /// Every file below the state directory, relative to it.
    func files() -> [String] {
        let enumerator = FileManager.default.enumerator(atPath: folder.stateDirectory)
        var files: [String] = []
        while let path = enumerator?.nextObject() as? String {
            if enumerator?.fileAttributes?[.type] as? FileAttributeType != .typeDirectory { files.append(path) }
        }
        return files.sorted()
    }
}

extension Timestamp {
    /// 2026-11-21T10:00:00Z, the start of a window.
    static let morning = Timestamp(milliseconds: 1_795_255_200_000)

    func after(seconds: Double) -> Timestamp { Timestamp(milliseconds: milliseconds + Int64(seconds * 1_000)) }
}

extension BatchWriter {
    /// Appends lines of one window; nil goes by the arrival.
    func append(
        _ text: String,
        window: Timestamp?,
        arrival: Timestamp = .morning,
        skew: Int64 = 0,
        header: String = ""
    ) throws {
        try append([(text, window)], arrival: arrival, skew: skew, header: header)
    }

    func append(
        _ runs: [(String, Timestamp?)],
        arrival: Timestamp = .morning,
        skew: Int64 = 0,
        header: String = ""
    ) throws {
        var bytes: [UInt8] = []
        var segments: [LineSegment] = []
        for (text, window) in runs {
            let start = bytes.count
            bytes += Array(text.utf8)
            let lines = text.split(separator: "\n").count
            segments.append(LineSegment(windowStart: window, range: start..<bytes.count, lines: lines))
        }
        try bytes.withUnsafeBytes {
            try append(
                $0,
                segments: segments,
                header: Array(header.utf8),
                arrival: arrival,
                skewMilliseconds: skew
            )
        }
    }
}
