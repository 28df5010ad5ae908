import Alerts
import Configuration
import LogBatches
import SSH
import Wire

/// The steps that carry one batch to the receiver.
///
/// The file is written under a temporary name, checked whole, and renamed, never over another file. Right before the
/// rename the journal is told, durably: whatever is cut off behind that, what is found on the receiver says what became of
/// it. So a batch is delivered once, also where its reader takes it away at once.
///
/// `begin`, then `checkMeanwhile` if another batch is written before it goes on, then `finish`. Belongs to one thread.
final class BatchDelivery {
    /// How often another may come to have the name that was free before it is left for later.
    private static let rounds = 3

    /// Before the try.
    let original: LogBatch
    /// As far as it has come.
    private(set) var batch: LogBatch
    private(set) var events: [ServiceEvent] = []
    /// How the content was checked on the receiver: `sha256` or `size`.
    private(set) var checkedBy = "size"
    /// The file was taken away by somebody before its rename was confirmed.
    var wasTaken = false
    let begunAt = ContinuousClock.now

    let receiver: Receiver
    let temporary: String
    private let folder: BatchFolder
    private let isCancelled: () -> Bool
    private let isAnothers: (String) throws -> Bool
    private let save: (LogBatch) throws -> Void
    /// What was written; nil where the receiver has the batch already.
    private var upload: BatchUpload?
    /// The name that was free for it; nil when it is to be looked for again.
    private var freePath: String?

    /// - Parameters:
    ///   - journal: its id.
    ///   - isCancelled: asked before each piece; `CancellationError` then.
    ///   - isAnothers: whether another batch was stored under a path.
    ///   - save: puts the batch into the journal, durably.
    init(
        _ batch: LogBatch,
        to receiver: Receiver,
        from folder: BatchFolder,
        journal: String,
        isCancelled: @escaping () -> Bool,
        isAnothers: @escaping (String) throws -> Bool,
        save: @escaping (LogBatch) throws -> Void
    ) {
        original = batch
        self.batch = batch
        self.receiver = receiver
        self.folder = folder
        self.isCancelled = isCancelled
        self.isAnothers = isAnothers
        self.save = save
        temporary = receiver.path(DeliveredName.temporary(of: batch, journal: journal))
    }

    /// Finishes an earlier try, or writes the file. Blocks while there is progress; every step of it within the target's
    /// timeout, as in `finish`.
    ///
    /// - Throws: `SSHError`, `DeliveryFailure`; `BatchError` for the file here; `CancellationError`; what `save` throws.
    func begin() throws {
        if try finishEarlierRename() { return }
        freePath = try findFreePath()
        if freePath != nil { try write() }
    }

    /// Whether the receiver has it already, and nothing is left for `finish`.
    var isThere: Bool { upload == nil }

    /// Lets the receiver check what was written, while other batches are written to it.
    func checkMeanwhile() throws(SSHError) { try upload?.checkMeanwhile() }

    /// Blocks until the receiver has the batch whole under `batch.remotePath`.
    func finish() throws {
        guard let upload else { return }
        try removingOnFailure(upload) { checkedBy = try upload.finish() }
        for _ in 0..<Self.rounds {
            // The batch before it may have got the name since it was looked for.
            if let path = freePath, try isAnothers(path) { freePath = nil }
            guard let path = try freePath ?? findFreePath() else { return }
            try announce(path)
            if try rename(temporary, to: path) { return }
            freePath = nil
        }
        throw failure("other files take the names of \(batch.fileName) again and again", "Look who writes there")
    }

    /// Leaves it for another run, before it was finished.
    func abandon() { upload?.remove() }

    // MARK: Steps

    /// The first of the batch's names that nothing has; nil when the receiver has the batch already.
    private func findFreePath() throws -> String? {
        for name in DeliveredName.candidates(of: batch) {
            let path = receiver.path(name)
            guard let found = try receiver.sftp.attributes(of: path, followingLinks: false) else { return path }
            // Another host's batch may be the same to the byte, and is not this one.
            let mayBeOurs = try found.isFile != false && !isAnothers(path)
            if mayBeOurs, try receiver.holds(path, byteCount: batch.byteCount, sha256: batch.sha256) {
                if try receiver.sftp.attributes(of: temporary, followingLinks: false) != nil {
                    try receiver.sftp.remove(temporary)
                }
                batch.remotePath = path
                batch.isBeingRenamed = false
                noteConflict(path)
                return nil
            }
        }
        throw failure(
            "all names of \(batch.fileName) are taken by other files",
            "Move them away, or let the names of <store> have {host} in them"
        )
    }

    /// Writes the file under its temporary name.
    private func write() throws {
        // What the receiver hashes need not be hashed here on the way: were it altered, its hash would be another.
        let reader = try BatchFileReader(batch, in: folder, isHashed: receiver.abilities.runsCommands != true)
        if let space = try freeSpace(), space.freeBytes < batch.byteCount {
            throw failure(
                "\(space.freeBytes) bytes are free, and \(batch.fileName) has \(batch.byteCount)",
                "Free space there, or raise the quota"
            )
        }
        let upload = try BatchUpload(batch, from: folder, to: receiver, as: temporary)
        try removingOnFailure(upload) {
            try upload.write(from: reader, isCancelled: isCancelled)
        }
        self.upload = upload
    }

    private func removingOnFailure(_ upload: BatchUpload, _ step: () throws -> Void) throws {
        do {
            try step()
        } catch {
            upload.remove()
            throw error
        }
    }

    /// nil where the server does not tell, or tells of a directory that it does not let us see.
    private func freeSpace() throws -> SFTPFreeSpace? {
        do throws(SSHError) {
            return try receiver.sftp.freeSpace(at: receiver.path("."))
        } catch {
            guard receiver.session.isUsable, error.kind != .timedOut else { throw error }
            return nil
        }
    }

    /// From here on the journal knows that the file may be found under its name.
    private func announce(_ path: String) throws {
        batch.remotePath = path
        batch.isBeingRenamed = true
        batch.announcedTo = receiver.settings.receiver
        try save(batch)
    }

    func withdraw() throws {
        batch.remotePath = nil
        batch.isBeingRenamed = false
        try save(batch)
    }

    /// False where the name was taken meanwhile; the announcement is withdrawn then.
    func rename(_ temporary: String, to path: String) throws -> Bool {
        do throws(SSHError) {
            try receiver.sftp.rename(temporary, to: path)
        } catch {
            guard error.kind == .fileExists else {
                // Refused is not done: were it left announced, a temporary file that goes would count as delivered.
                if error.isAnswer, try receiver.sftp.attributes(of: path, followingLinks: false) == nil {
                    try withdraw()
                }
                throw error
            }
            if try receiver.holds(path, byteCount: batch.byteCount, sha256: batch.sha256) {
                _ = try receiver.sftp.remove(temporary)
                noteConflict(path)
                return true
            }
            try withdraw()
            return false
        }
        // A reader may have taken it already; then the temporary name is gone, too.
        if try receiver.sftp.attributes(of: path, followingLinks: false) == nil,
            try receiver.sftp.attributes(of: temporary, followingLinks: false) != nil
        {
            try withdraw()
            throw failure("it says that it renamed to \(path), and did not", "Check what serves SFTP there")
        }
        try makeDurable(path)
        noteConflict(path)
        return true
    }

    /// The name, too: a receiver that loses its power right behind the rename may have the temporary one again.
    func makeDurable(_ path: String) throws(SSHError) {
        guard receiver.sftp.canSync else { return }
        do throws(SSHError) {
            let file = try receiver.sftp.open(path)
            defer { file.discard() }
            try file.sync()
        } catch {
            // Taken by its reader; or what is written there may not be read.
            guard [.noSuchFile, .permissionDenied, .unsupported].contains(error.kind) else { throw error }
        }
    }

    /// Tells of the other file where the batch could not have its own name.
    func noteConflict(_ path: String) {
        let own = receiver.path(batch.fileName)
        guard path != own else { return }
        events.append(
            .conflict(DeliveryConflict(delivery: receiver.settings.name, takenPath: own, storedPath: path))
        )
    }

    private func failure(_ cause: String, _ mend: String) -> DeliveryFailure {
        DeliveryFailure(receiver.settings, cause, mend)
    }
}
