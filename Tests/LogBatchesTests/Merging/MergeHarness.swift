import Foundation
import LogBatches
import TestServers
import Wire

/// Batches of several sources with their files, and what a merge makes of them.
final class MergeHarness {
    struct Merged: Equatable, CustomStringConvertible {
        var label: Int
        var line: String
        var time: Int64

        var description: String { "\(label) \(time) \(line)" }
    }

    /// A line as it was written.
    struct Written {
        var text: String
        /// By the host's clock; nil where the line has none.
        var time: Int64?
    }

    let state: TestFolder
    let folder: BatchFolder
    private(set) var batches: [(label: Int, batch: LogBatch, lines: [Written])] = []
    private(set) var problems: [BatchError] = []
    private(set) var positions: [Int64: BatchStream.Position] = [:]

    init() throws {
        state = try TestFolder("merge")
        folder = BatchFolder(stateDirectory: state.path)
    }

    /// Writes a batch's file.
    @discardableResult
    func add(
        _ label: Int,
        start: Int64,
        seconds: Int = 60,
        part: Int = 1,
        _ lines: [Written],
        skew: Int64 = 0,
        format: String = "plain",
        header: String = "",
        isCompressed: Bool = false,
        hasLastNewline: Bool = true
    ) throws -> LogBatch {
        var batch = LogBatch(
            id: Int64(batches.count + 1),
            host: "web-\(label)",
            log: "access",
            windowStart: Timestamp(milliseconds: start),
            windowSeconds: seconds,
            part: part,
            fileName: "b\(batches.count + 1).log",
            lineCount: UInt64(lines.count),
            format: format,
            header: Array(header.utf8),
            clockSkewMilliseconds: skew,
            openedAt: Timestamp(milliseconds: start)
        )
        var text = lines.map { $0.text + "\n" }.joined()
        if !hasLastNewline { text.removeLast() }
        batch.byteCount = UInt64(text.utf8.count)
        let path = folder.path(of: batch)
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
            withIntermediateDirectories: true
        )
        // What lies behind `byteCount` was not committed, and is none of the batch's.
        let rest = isCompressed ? "" : "not committed\n"
        try Data((text + rest).utf8).write(to: URL(fileURLWithPath: path))
        if isCompressed {
            _ = try SSHServer.run("gzip", ["-n", path])
            batch.isCompressed = true
            batch.state = .closed
        }
        batches.append((label, batch, lines))
        return batch
    }

    /// What comes out, with the files as they are.
    func merged(
        _ filter: LineFilter = LineFilter(),
        from start: [Int64: BatchStream.Position] = [:],
        batches chosen: [LogBatch]? = nil
    ) throws -> [Merged] {
        let ordered = batches.sorted {
            ($0.label, $0.batch.windowStart, $0.batch.part) < ($1.label, $1.batch.windowStart, $1.batch.part)
        }
        let sources = ordered.map {
            BatchMerge.Source(id: $0.batch.id, label: $0.label, start: $0.batch.serverTimes.lowerBound)
        }
        let values = Dictionary(
            (chosen ?? batches.map(\.batch)).map { ($0.id, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        var merge = BatchMerge(sources) { [self] source in
            guard let batch = values[source.id] else { return nil }
            do throws(BatchError) {
                return try BatchStream(
                    batch,
                    label: source.label,
                    in: folder,
                    from: start[batch.id] ?? .beginning,
                    filter: filter,
                    ended: { [self] in note($0, $1) }
                )
            } catch {
                problems.append(error)
                return nil
            }
        }
        var merged: [Merged] = []
        try merge.run { stream in
            let line = String(decoding: stream.line, as: UTF8.self)
            merged.append(Merged(label: stream.label, line: line, time: stream.time))
        }
        return merged
    }

    private func note(_ batch: LogBatch, _ ending: BatchStream.Ending) {
        switch ending {
        case .whole(let position): positions[batch.id] = position
        case .failed(let error): problems.append(error)
        }
    }

    /// The same by a stable sort of everything.
    func sorted(without missing: Set<Int64> = []) -> [Merged] {
        let ordered = batches.sorted {
            ($0.label, $0.batch.windowStart, $0.batch.part) < ($1.label, $1.batch.windowStart, $1.batch.part)
        }
        var all: [(key: Int64, place: Int, merged: Merged)] = []
        for (label, batch, lines) in ordered where !missing.contains(batch.id) {
            let skew = batch.clockSkewMilliseconds
            var time = batch.windowStart.milliseconds - skew
            var key = time
            for line in lines {
                if let own = line.time, own >= batch.windowStart.milliseconds,
                    own < batch.windowStart.milliseconds + Int64(batch.windowSeconds) * 1_000
                {
                    time = own - skew
                }
                key = max(key, time)
                all.append((key, all.count, Merged(label: label, line: line.text, time: time)))
            }
        }
        return all.sorted { ($0.key, $0.place) < ($1.key, $1.place) }.map(\.merged)
    }
}
