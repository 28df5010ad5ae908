import CLinux

/// The files of a log, listed once: nearly all of a journal's batches need nothing, and to look for each by itself would
/// hold the start of a large one up.
struct LogFiles {
    private var names: [BatchFolder.Place: Set<String>] = [:]
    /// Of those that wait.
    private let waiting: OpenFile?

    init(of log: BatchRecovery.StoredLog, in folder: BatchFolder) throws(BatchError) {
        var waiting: OpenFile?
        for place in BatchFolder.Place.allCases {
            let path = BatchFolder.folders(host: log.host, log: log.log, place: place)
            guard let opened = try folder.openFolder(path, creating: false, for: "look through") else { continue }
            let (entries, result) = opened.entries()
            guard result == 0 else {
                let path = ([folder.stateDirectory] + path).joined(separator: "/")
                throw BatchError("look through", path: path, number: -result)
            }
            names[place] = Set(entries)
            if place == .waiting { waiting = opened }
        }
        self.waiting = waiting
    }

    /// The batch's one file is where it should be, in the form that it should have, and as far as its size tells whole.
    func areSettled(_ batch: LogBatch) -> Bool {
        guard batch.state != .open else { return false }
        let name = BatchFolder.fileName(batch, isCompressed: batch.isCompressed)
        let otherForm = BatchFolder.fileName(batch, isCompressed: !batch.isCompressed)
        let wanted = BatchFolder.Place(batch.state)
        for place in BatchFolder.Place.allCases {
            let there = names[place] ?? []
            guard there.contains(name) == (place == wanted), !there.contains(otherForm) else { return false }
        }
        guard batch.state == .closed, !batch.isCompressed else { return true }
        guard let status = waiting?.status(of: name) else { return false }
        return status.is_regular != 0 && status.size == batch.byteCount
    }
}
