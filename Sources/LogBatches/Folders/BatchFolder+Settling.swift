import CLinux

extension BatchFolder {
    /// Moves the file to where the state wants it. Again, it changes nothing; after a crash in between, it ends what was
    /// begun. Blocks for the disk.
    ///
    /// Throws, with `isAltered`, where there is no file though the batch has content, unless it has failed already.
    package func settle(_ batch: LogBatch) throws(BatchError) {
        let wanted = Place(batch.state)
        let found = try find(batch)
        guard !found.isEmpty || batch.byteCount == 0 || batch.state == .failed else { throw missing(batch, "move") }
        for file in found where file.place != wanted {
            let path = path(of: batch, in: wanted, isCompressed: file.isCompressed)
            guard let target = try openFolder(of: batch, wanted, creating: true, for: "move") else { continue }
            let name = Self.fileName(batch, isCompressed: file.isCompressed)
            // A move that was made in two steps, and stopped after the first.
            if let there = target.status(of: name), FileIdentity(there) == FileIdentity(file.status) {
                _ = files_remove(file.folder.descriptor, name)
                continue
            }
            let result = files_move(file.folder.descriptor, name, target.descriptor, name)
            guard result == 0 else { throw BatchError("move", path: path, number: -result) }
        }
    }

    // MARK: Removing

    /// Puts the file out of the way. It is back after a restart unless the journal has forgotten the batch by then; once it
    /// has, `purge` ends it.
    package func retire(_ batch: LogBatch) throws(BatchError) {
        for file in try find(batch) {
            let name = Self.fileName(batch, isCompressed: file.isCompressed)
            let retired = Self.retiredName(batch, isCompressed: file.isCompressed)
            let result = files_replace(file.folder.descriptor, name, file.folder.descriptor, retired)
            guard result == 0 || result == -ENOENT else {
                throw BatchError(
                    "remove",
                    path: path(of: batch, in: file.place, isCompressed: file.isCompressed),
                    number: -result
                )
            }
        }
    }

    /// Removes what `retire` has put out of the way.
    package func purge(_ batch: LogBatch) throws(BatchError) {
        for place in Place.allCases {
            guard let folder = try openFolder(of: batch, place, creating: false, for: "remove") else { continue }
            for isCompressed in [false, true] {
                let result = files_remove(folder.descriptor, Self.retiredName(batch, isCompressed: isCompressed))
                guard result == 0 || result == -ENOENT else {
                    throw BatchError(
                        "remove",
                        path: path(of: batch, in: place, isCompressed: isCompressed),
                        number: -result
                    )
                }
            }
        }
    }

    // MARK: Setting aside

    static let setAside = "set-aside"

    /// Moves an entry that is nobody's to `STATE/set-aside`, where it keeps its path.
    /// - Returns: the new path.
    func setAside(_ name: String, in folder: OpenFile, at folders: [String]) throws(BatchError) -> String {
        let path = ([stateDirectory] + folders + [name]).joined(separator: "/")
        let kept = [Self.setAside] + folders
        guard let target = try openFolder(kept, creating: true, for: "set aside") else {
            throw BatchError("set aside", path: path, number: ENOENT)
        }
        var result: Int32 = -EEXIST
        var newName = name
        for number in 2...1_000 {
            result = files_move(folder.descriptor, name, target.descriptor, newName)
            guard result == -EEXIST else { break }
            newName = "\(name).\(number)"
        }
        guard result == 0 else { throw BatchError("set aside", path: path, number: -result) }
        return ([stateDirectory] + kept + [newName]).joined(separator: "/")
    }
}
