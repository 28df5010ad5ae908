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
struct BatchDelivery {
    private static let bufferSize = 1 << 18
    /// How often another may come to have the name that was free before it is left for later.
    private static let rounds = 3

    /// As far as it has come; to be kept also when `run` throws.
    private(set) var batch: LogBatch
    private(set) var events: [ServiceEvent] = []
    /// How the content was checked on the receiver: `sha256` or `size`.
    private(set) var checkedBy = "size"
    /// The file was taken away by somebody before its rename was confirmed.
    private(set) var wasTaken = false

    private let receiver: Receiver
    private let folder: BatchFolder
    private let temporary: String
    private let isCancelled: () -> Bool
    private let isAnothers: (String) throws -> Bool
    private let save: (LogBatch) throws -> Void

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
        self.batch = batch
        self.receiver = receiver
        self.folder = folder
        self.isCancelled = isCancelled
        self.isAnothers = isAnothers
        self.save = save
        temporary = receiver.path(DeliveredName.temporary(of: batch, journal: journal))
    }

    /// Blocks while there is progress; every step of it within the target's timeout. Then the receiver has the batch
    /// whole under `batch.remotePath`.
    ///
    /// - Throws: `SSHError`, `DeliveryFailure`; `BatchError` for the file here; `CancellationError`; what `save` throws.
    mutating func run() throws {
        if try finishEarlierRename() { return }
        for _ in 0..<Self.rounds {
            guard let path = try freePath() else { return }
            try upload()
            try announce(path)
            if try rename(temporary, to: path) { return }
        }
        throw failure("other files take the names of \(batch.fileName) again and again", "Look who writes there")
    }

    // MARK: An earlier try

    /// What became of a rename whose end is not known. True when the receiver has the batch.
    private mutating func finishEarlierRename() throws -> Bool {
        guard batch.isBeingRenamed, let path = batch.remotePath else { return false }
        let found = try receiver.sftp.attributes(of: path, followingLinks: false)
        let isThere = found != nil
        guard let temporary = try earlierTemporary() else {
            guard try found.map({ try isOurs(path, $0) }) ?? receiver.sftp.canSync else {
                // Somebody else's file; or, where the temporary one was not made durable, a loss of power.
                try withdraw()
                return false
            }
            wasTaken = !isThere
            if isThere { try makeDurable(path) }
            noteConflict(path)
            return true
        }
        let isWhole = try receiver.holds(temporary, byteCount: batch.byteCount, sha256: batch.sha256)
        if isWhole, !isThere {
            if try rename(temporary, to: path) { return true }
        } else if isThere, try receiver.holds(path, byteCount: batch.byteCount, sha256: batch.sha256) {
            // A server that died between the two steps of its rename leaves both names.
            try receiver.sftp.remove(temporary)
            try makeDurable(path)
            noteConflict(path)
            return true
        }
        // Another file has the name, or what was left is not whole: from the begin.
        if temporary != self.temporary { try receiver.sftp.remove(temporary) }
        try withdraw()
        return false
    }

    /// Whether what is found under the name that was announced is this batch: by its size where it may not be read.
    private func isOurs(_ path: String, _ found: SFTPAttributes) throws(SSHError) -> Bool {
        do throws(SSHError) {
            return try receiver.holds(path, byteCount: batch.byteCount, sha256: batch.sha256)
        } catch {
            guard error.kind == .permissionDenied else { throw error }
            return found.size == batch.byteCount
        }
    }

    /// The temporary file, also where this journal had another id when it wrote it.
    private func earlierTemporary() throws(SSHError) -> String? {
        if try receiver.sftp.attributes(of: temporary, followingLinks: false) != nil { return temporary }
        do throws(SSHError) {
            return try receiver.sftp.list(receiver.path(".")) { DeliveredName.isTemporary($0.name, of: batch) }
                .first.map { receiver.path($0.name) }
        } catch {
            // A directory that may be written to and not listed.
            guard error.isAnswer else { throw error }
            return nil
        }
    }

    // MARK: Steps

    /// The first of the batch's names that nothing has; nil when the receiver has the batch already.
    private mutating func freePath() throws -> String? {
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

    /// Writes the file under its temporary name and checks it.
    private mutating func upload() throws {
        let reader = try BatchFileReader(batch, in: folder, isHashed: true)
        let sftp = receiver.sftp
        if let space = try freeSpace(), space.freeBytes < batch.byteCount {
            throw failure(
                "\(space.freeBytes) bytes are free, and \(batch.fileName) has \(batch.byteCount)",
                "Free space there, or raise the quota"
            )
        }
        do {
            try write(from: reader)
            if let hash = try receiver.hash(of: temporary, byteCount: batch.byteCount), let expected = batch.sha256 {
                if hash == expected {
                    checkedBy = "sha256"
                } else if try !receiver.holds(temporary, byteCount: batch.byteCount, sha256: expected) {
                    throw failure(
                        "\(batch.fileName) did not arrive as it was sent",
                        "It is sent again; if this repeats, check the receiver's disk and memory"
                    )
                }
            }
        } catch {
            // A piece of it would only take room there; what is lost with the connection is written over later.
            if receiver.session.isUsable { _ = try? sftp.remove(temporary) }
            throw error
        }
    }

    private func write(from reader: BatchFileReader) throws {
        let file = try receiver.sftp.create(temporary)
        defer { file.discard() }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferSize, alignment: 16)
        defer { buffer.deallocate() }
        var sent: UInt64 = 0
        while true {
            if isCancelled() { throw CancellationError() }
            let count = try reader.read(into: buffer)
            if count == 0 { break }
            try file.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            sent += UInt64(count)
        }
        if sent != batch.byteCount || batch.sha256 != nil && reader.sha256 != batch.sha256 {
            throw BatchError(
                operation: "deliver",
                path: folder.locate(batch) ?? folder.path(of: batch),
                text: sent == batch.byteCount
                    ? "its content is not what was written"
                    : "it has \(sent) bytes, and \(batch.byteCount) were written",
                mend: BatchError.alteredMend,
                isAltered: true
            )
        }
        try file.finishWriting()
        try file.sync()
        let size = try file.attributes().size
        guard size == nil || size == sent else {
            throw failure(
                "\(batch.fileName) has \(size ?? 0) bytes there, and \(sent) were sent",
                "It is sent again; if this repeats, check the receiver's disk"
            )
        }
        try file.close()
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
    private mutating func announce(_ path: String) throws {
        batch.remotePath = path
        batch.isBeingRenamed = true
        try save(batch)
    }

    private mutating func withdraw() throws {
        batch.remotePath = nil
        batch.isBeingRenamed = false
        try save(batch)
    }

    /// False where the name was taken meanwhile; the announcement is withdrawn then.
    private mutating func rename(_ temporary: String, to path: String) throws -> Bool {
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
    private func makeDurable(_ path: String) throws(SSHError) {
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
    private mutating func noteConflict(_ path: String) {
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
