import Foundation
import Journal
import LogBatches
import TestServers
import Wire

/// A state directory with batches as metricsd writes them, and a configuration that names it.
final class StoredLogs {
    let folder: TestFolder
    let journal: Journal
    private let files: BatchFolder

    /// - Parameter hosts: the elements of the configuration.
    init(
        _ hosts: String = """
        <host name="web-1" address="127.0.0.1"><log name="access" path="/var/log/access.log"><store/></log></host>
        <host name="web-2" address="127.0.0.1"><log name="access" path="/var/log/access.log"><store/></log></host>
        """
    ) throws {
        folder = try TestFolder("stored")
        try folder.file("key", "")
        try folder.file(
            "server_config.xml",
            """
            <metricsd user="monitor" key="\(folder.path)/key"><state directory="state"/>
            <database host="127.0.0.1" port="1" user="nobody" name="metricsd"/>\(hosts)</metricsd>
            """
        )
        let state = "\(folder.path)/state"
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        journal = try Journal(at: "\(state)/\(Journal.fileName)")
        files = BatchFolder(stateDirectory: state)
    }

    /// Opens the batch of a minute with its first lines.
    @discardableResult
    func open(
        _ host: String,
        _ log: String = "access",
        minute: Timestamp,
        _ lines: [String] = [],
        skew: Int64 = 0
    ) throws -> LogBatch {
        let draft = LogBatch(
            host: host,
            log: log,
            windowStart: minute,
            windowSeconds: 60,
            fileName: "",
            format: "plain",
            clockSkewMilliseconds: skew,
            openedAt: minute
        )
        let name = "\(log)_\(minute.milliseconds)"
        var batch = try journal.openBatch(draft) { "\(name)-\($0).log" }
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: path(of: batch)).deletingLastPathComponent().path,
            withIntermediateDirectories: true
        )
        try Data().write(to: URL(fileURLWithPath: path(of: batch)))
        try append(to: &batch, lines)
        return batch
    }

    func path(of batch: LogBatch) -> String { files.path(of: batch) }

    /// Lines are in the file first, then the journal says so.
    func append(to batch: inout LogBatch, _ lines: [String]) throws {
        let bytes = Data(lines.map { $0 + "\n" }.joined().utf8)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path(of: batch)))
        try file.seekToEnd()
        try file.write(contentsOf: bytes)
        try file.close()
        batch.byteCount += UInt64(bytes.count)
        batch.lineCount += UInt64(lines.count)
        try journal.save(batch)
    }

    /// Closes a batch and packs it, as the housekeeping does after delivery.
    func pack(_ batch: inout LogBatch) throws {
        let plain = path(of: batch)
        batch.state = .sent
        batch.closedAt = batch.openedAt
        batch.isCompressed = true
        let packed = path(of: batch)
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: packed).deletingLastPathComponent().path,
            withIntermediateDirectories: true
        )
        _ = try SSHServer.run("sh", ["-c", "gzip -n < '\(plain)' > '\(packed)'"])
        try journal.save(batch)
        try FileManager.default.removeItem(atPath: plain)
    }

    func logs(_ arguments: String..., environment: [String: String] = [:]) throws -> Program.Outcome {
        try Program.run(["logs"] + arguments, in: folder.path, environment: environment, seconds: 60)
    }

    func start(_ arguments: String..., terminal: Terminal? = nil) throws -> Program {
        try Program(["logs"] + arguments, in: folder.path, terminal: terminal)
    }
}
