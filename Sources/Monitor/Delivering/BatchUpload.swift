import Configuration
import LogBatches
import SSH

/// A batch's file under its temporary name: written, then found to be whole and durable by the receiver.
///
/// The latter takes the receiver a while, in which it may be sent the next file: `checkMeanwhile`. Belongs to one thread.
final class BatchUpload {
    private static let bufferSize = 1 << 18

    private let batch: LogBatch
    private let folder: BatchFolder
    private let receiver: Receiver
    private let path: String
    private let file: SFTPFile
    /// The same file over the receiver's second SFTP, where it is being synced.
    private var beside: SFTPFile?
    private var hashing: SSHChannel?
    /// What was sent is known to be what the batch held when it was closed.
    private var isChecked = false

    /// Creates the file; an earlier one of the name is overwritten.
    init(
        _ batch: LogBatch,
        from folder: BatchFolder,
        to receiver: Receiver,
        as path: String
    ) throws(SSHError) {
        self.batch = batch
        self.folder = folder
        self.receiver = receiver
        self.path = path
        file = try receiver.sftp.create(path)
    }

    // MARK: Writing

    /// Sends the content; then the receiver has all of it, in its memory at least.
    ///
    /// - Throws: `CancellationError`; `BatchError` where the file here is not what was written.
    func write(from reader: BatchFileReader, isCancelled: () -> Bool) throws {
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
        guard sent == batch.byteCount else {
            throw altered("it has \(sent) bytes, and \(batch.byteCount) were written")
        }
        if let sha256 = reader.sha256 { try check(sha256) }
        try file.finishWriting()
        let size = try file.attributes().size
        guard size == nil || size == sent else {
            throw DeliveryFailure(
                receiver.settings,
                "\(batch.fileName) has \(size ?? 0) bytes there, and \(sent) were sent",
                "It is sent again; if this repeats, check the receiver's disk"
            )
        }
    }

    /// - Parameter sha256: of the file here.
    private func check(_ sha256: String) throws(BatchError) {
        guard batch.sha256 == nil || batch.sha256 == sha256 else {
            throw altered("its content is not what was written")
        }
        isChecked = true
    }

    private func altered(_ text: String) -> BatchError {
        BatchError(
            operation: "deliver",
            path: folder.locate(batch) ?? folder.path(of: batch),
            text: text,
            mend: BatchError.alteredMend,
            isAltered: true
        )
    }

    // MARK: Checking

    /// Makes the receiver sync and hash the file and does not wait for it, as far as the receiver can do so beside other
    /// transfers.
    func checkMeanwhile() throws(SSHError) {
        if batch.sha256 != nil {
            try receiver.tryCommands()
            hashing = try receiver.startHash(of: path)
            // Another channel would take the place of the one that is to hash later.
            if hashing == nil, receiver.abilities.runsCommands != false { return }
        }
        if receiver.sftp.canSync, let beside = try receiver.openBeside(path) {
            self.beside = beside
            try beside.startSync()
        }
    }

    /// Blocks until the receiver has the content, and has it for good where it can sync.
    ///
    /// - Returns: how it was checked: `sha256` or `size`.
    func finish() throws -> String {
        defer { discard() }
        if hashing == nil, batch.sha256 != nil { hashing = try receiver.startHash(of: path) }
        if beside == nil { try file.startSync() }
        let hash = try hashing.flatMap { try receiver.hash(from: $0, byteCount: batch.byteCount) }
        try finishSync()
        try file.close()
        if let hash, hash == batch.sha256 { return "sha256" }
        if !isChecked { try checkHere() }
        guard try hash == nil || receiver.holds(path, byteCount: batch.byteCount, sha256: batch.sha256) else {
            throw DeliveryFailure(
                receiver.settings,
                "\(batch.fileName) did not arrive as it was sent",
                "It is sent again; if this repeats, check the receiver's disk and memory"
            )
        }
        return "size"
    }

    private func finishSync() throws(SSHError) {
        guard let beside else {
            _ = try file.finishSync()
            return
        }
        do throws(SSHError) {
            if try beside.finishSync() { return }
        } catch {
            guard error.isAnswer else { throw error }
        }
        // Refused over the second SFTP, which may be another program: what counts is what the first one says.
        try file.sync()
    }

    /// Hashes the file here, which was not done on the way.
    private func checkHere() throws(BatchError) {
        let reader = try BatchFileReader(batch, in: folder, isHashed: true)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferSize, alignment: 16)
        defer { buffer.deallocate() }
        while try reader.read(into: buffer) > 0 {}
        if let sha256 = reader.sha256 { try check(sha256) }
    }

    /// Removes what is there of it: a piece would only take room. What is lost with the connection is written over later.
    func remove() {
        discard()
        if receiver.session.isUsable { _ = try? receiver.sftp.remove(path) }
    }

    private func discard() {
        file.discard()
        beside?.discard()
        beside = nil
        hashing = nil
    }
}
