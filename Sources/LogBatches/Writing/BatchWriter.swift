import CLinux
import Wire

/// Writes the lines of one stored log into the files of their batches. Belongs to the thread of the log's host.
///
///     try writer.append(bytes, segments: …)   // for each piece of a request
///     try writer.sync()                       // the request ends: what was written is on the disk
///     writer.closeDue(now: …)                 // at any time
///     let batches = writer.takeProgress()     // for the journal, in the transaction with the log's cursors
///
/// When anything throws, `rollBack()`: files and values are as at the last `takeProgress`, and the lines are read again.
/// A batch that `reserve` has given in between stays, empty, for the lines' next coming.
///
/// Files are only held open from `append` to `sync`, and each is looked at before it is written again: one that was
/// changed by another hand ends as `failed`, and further lines go to a further part.
package final class BatchWriter {
    /// More windows of a log are not written at once.
    package static let openLimit = 64
    /// Batches that are taken into the journal between two progresses; lines of further windows go by their arrival. Only
    /// a host that means harm writes lines of so many windows in a moment.
    static let openingLimit = 1_024
    /// Files held open at once.
    static let descriptorLimit = 16

    let folder: BatchFolder
    let settings: StoreSettings
    let host: String
    let address: String
    let log: String
    let format: String
    let window: BatchWindow
    let name: BatchName?
    let reserve: (_ draft: LogBatch, _ name: (Int) -> String) throws -> LogBatch

    /// Those that were closed since the last progress among them.
    var batches: [OpenBatch] = []
    var findings: [BatchFinding] = []
    /// A file was made since the last sync.
    var hasNewFiles = false
    private var turns: UInt64 = 0

    /// - Parameters:
    ///   - settings: their pattern was accepted by `BatchName`; the standard one is taken for one that was not.
    ///   - open: the log's open batches of the journal, as `BatchRecovery` left them.
    ///   - reserve: takes a batch into the journal, durably, before it has a file, and returns it with its number, the
    ///     first part whose name no other batch of the log has, and that name.
    package init(
        folder: BatchFolder,
        settings: StoreSettings,
        host: String,
        address: String,
        log: String,
        format: String,
        open: [LogBatch],
        reserve: @escaping (_ draft: LogBatch, _ name: (Int) -> String) throws -> LogBatch
    ) {
        self.folder = folder
        self.settings = settings
        self.host = host
        self.address = address
        self.log = log
        self.format = format
        self.reserve = reserve
        window = BatchWindow(seconds: Int(settings.window.components.seconds))
        name = (try? BatchName(settings.namePattern)) ?? BatchName.standard
        for batch in open.sorted(by: { $0.appendedAt < $1.appendedAt }) where batch.state == .open {
            turns += 1
            let hash = RunningHash(resuming: batch) ?? RunningHash(rehashing: batch, in: folder)
            var resumed = OpenBatch(batch, hash: hash ?? RunningHash(), isWithoutFile: false, turn: turns)
            // Whoever changes the log's delivery means the lines that are still gathered, too.
            resumed.batch.delivery = settings.delivery
            batches.append(resumed)
        }
    }

    func nextTurn() -> UInt64 {
        turns += 1
        return turns
    }

    // MARK: Progress

    package var hasProgress: Bool { !findings.isEmpty || batches.contains { $0.isChanged } }

    /// The batches that changed since the last time, those that were closed among them. To be called after `sync`.
    package func takeProgress() -> [LogBatch] {
        var changed: [LogBatch] = []
        for index in batches.indices where batches[index].isChanged { changed.append(batches[index].save()) }
        batches.removeAll { !$0.isOpen }
        return changed
    }

    /// What was found to be wrong with files since the last time; to be taken with the progress.
    package func takeFindings() -> [BatchFinding] {
        defer { findings = [] }
        return findings
    }

    /// What was appended survives a loss of power. Holds no file open afterwards. Blocks for the disk.
    package func sync() throws(BatchError) {
        for index in batches.indices where batches[index].needsSync {
            let file = try written(index, for: "write to the disk")
            let result = files_sync(file.descriptor)
            guard result == 0 else {
                throw BatchError("write to the disk", path: folder.path(of: batches[index].batch), number: -result)
            }
            batches[index].needsSync = false
        }
        if hasNewFiles {
            try syncFolder()
            hasNewFiles = false
        }
        for index in batches.indices { batches[index].file = nil }
    }

    private func syncFolder() throws(BatchError) {
        let names = BatchFolder.folders(host: host, log: log, place: .waiting)
        guard let opened = try folder.openFolder(names, creating: false, for: "write to the disk") else { return }
        let result = files_sync_folder(opened.descriptor)
        guard result == 0 else {
            let path = "\(folder.stateDirectory)/\(names.joined(separator: "/"))"
            throw BatchError("write to the disk", path: path, number: -result)
        }
    }

    /// Back to the last `takeProgress`. Blocks for the disk.
    package func rollBack() {
        // What was set aside stays there; what was altered is found again.
        findings.removeAll { $0.isAltered }
        for index in batches.indices {
            let mayBeLonger = batches[index].hasUnsaved || batches[index].mayHoldMore
            batches[index].restore()
            batches[index].needsSync = false
            if mayBeLonger {
                // What cannot be cut now is cut before the file is written again, or at the next start.
                batches[index].mayHoldMore = !cut(index)
            }
            batches[index].file = nil
        }
    }

    /// Cuts a file to the batch's content.
    func cut(_ index: Int) -> Bool {
        guard let file = try? written(index, for: "cut"),
            let status = file.status(), FileIdentity(status) == batches[index].identity
        else { return false }
        let size = batches[index].batch.byteCount
        return status.size <= size || files_cut(file.descriptor, size) == 0
    }
}
