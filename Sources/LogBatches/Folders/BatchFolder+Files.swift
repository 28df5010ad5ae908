import CLinux

extension BatchFolder {
    /// A batch's file where it was found.
    struct FoundFile {
        let folder: OpenFile
        let place: Place
        let isCompressed: Bool
        let status: files_status
    }

    /// Opens a folder below the state directory, one step at a time.
    /// - Returns: nil where there is none, and it was not to be made.
    func openFolder(_ names: [String], creating: Bool, for operation: String) throws(BatchError) -> OpenFile? {
        var path = stateDirectory
        let root = files_open_root(path)
        guard root >= 0 else { throw BatchError(operation, path: path, number: -root) }
        var folder = OpenFile(root)
        for name in names {
            path += "/\(name)"
            var next = files_open_folder(folder.descriptor, name)
            if next == -ENOENT {
                guard creating else { return nil }
                let made = files_make_folder(folder.descriptor, name)
                guard made == 0 || made == -EEXIST else {
                    throw BatchError("create the folder", path: path, number: -made)
                }
                // Without it a loss of power takes the folder, and with it what the journal counts on.
                let synced = files_sync_folder(folder.descriptor)
                guard synced == 0 else { throw BatchError("create the folder", path: path, number: -synced) }
                next = files_open_folder(folder.descriptor, name)
            }
            guard next >= 0 else { throw BatchError(operation, path: path, number: -next) }
            folder = OpenFile(next)
        }
        return folder
    }

    func openFolder(
        of batch: LogBatch,
        _ place: Place,
        creating: Bool,
        for operation: String
    ) throws(BatchError) -> OpenFile? {
        let names = Self.folders(host: batch.host, log: batch.log, place: place)
        return try openFolder(names, creating: creating, for: operation)
    }

    /// Every regular file of the batch; where it should be before elsewhere, and the form that it should have before the
    /// other one.
    func find(_ batch: LogBatch) throws(BatchError) -> [FoundFile] {
        let wanted = Place(batch.state)
        var found: [FoundFile] = []
        for place in [wanted] + Place.allCases.filter({ $0 != wanted }) {
            guard let folder = try openFolder(of: batch, place, creating: false, for: "find") else { continue }
            for isCompressed in [batch.isCompressed, !batch.isCompressed] {
                let name = Self.fileName(batch, isCompressed: isCompressed)
                guard let status = folder.status(of: name), status.is_regular != 0 else { continue }
                found.append(FoundFile(folder: folder, place: place, isCompressed: isCompressed, status: status))
            }
        }
        return found
    }

    func missing(_ batch: LogBatch, _ operation: String) -> BatchError {
        .altered(operation, path: path(of: batch), text: Self.removed)
    }

    static let removed = "the file was removed or moved away"

    /// What the size of a plain file tells of another hand; nil where it is right.
    func alteration(of batch: LogBatch, size: UInt64) -> String? {
        if size < batch.byteCount { return Self.cutOff(size, of: batch.byteCount) }
        return size == batch.byteCount
            ? nil : "the file was edited: it has \(size) bytes, and \(batch.byteCount) were written"
    }

    static func cutOff(_ size: UInt64, of byteCount: UInt64) -> String {
        "the file was cut off: it has \(size) of the \(byteCount) bytes written"
    }

    /// Of a batch that has failed: in the words in which whoever tries to read the file finds it again, which then is no
    /// news.
    func alteredReason(of batch: LogBatch, _ text: String) -> String {
        BatchError.altered("read", path: path(of: batch), text: text).description
    }
}
