import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

/// Which files beside a log belong to which cursor.
struct LogOwners {
    let folder: LogFolder
    /// By generation.
    var files: [FollowedFile?]
    /// The file under the log's name, where that is a link to one beside it.
    private var hidden: Int?

    init(_ folder: LogFolder) {
        self.folder = folder
        files = [FollowedFile?](repeating: nil, count: folder.generations.count)
    }

    mutating func take(_ status: logs_status, by file: FollowedFile) {
        if let number = number(of: status) { files[number] = file }
    }

    mutating func hide(_ active: logs_status) {
        hidden = number(of: active)
    }

    private func number(of status: logs_status) -> Int? {
        for (number, generation) in folder.generations.enumerated() {
            for file in generation.files where file.status.isSame(as: status) { return number }
        }
        return nil
    }

    /// Oldest first.
    var unowned: [(Int, LogFolder.Generation)] {
        var unowned: [(Int, LogFolder.Generation)] = []
        for (number, generation) in folder.generations.enumerated() where files[number] == nil && number != hidden {
            unowned.append((number, generation))
        }
        return unowned
    }

    /// The copy of a file is the oldest of those that were written after it was read; unless the time was set back.
    func unownedByLikelihood(for cursor: LogCursor) -> [(Int, LogFolder.Generation)] {
        var likely: [(Int, LogFolder.Generation)] = []
        var unlikely: [(Int, LogFolder.Generation)] = []
        for (number, generation) in unowned {
            if generation.modifiedAt / 1_000_000_000 >= cursor.modifiedSecond {
                likely.append((number, generation))
            } else {
                unlikely.append((number, generation))
            }
        }
        return likely + unlikely.reversed()
    }

    /// Where a file is; nil where it is not beside the log.
    func place(of file: FollowedFile?) -> Int? {
        guard let file else { return nil }
        for (number, owner) in files.enumerated() where owner === file { return number }
        return nil
    }

    /// -1 where none has an owner.
    var lastOwned: Int {
        var last = -1
        for (number, owner) in files.enumerated() where owner != nil { last = number }
        return last
    }
}

extension logs_status {
    func isSame(as other: logs_status) -> Bool { device == other.device && inode == other.inode }

    func isUnchanged(since other: logs_status) -> Bool {
        isSame(as: other) && size == other.size && modified_at == other.modified_at
    }

    /// In whole seconds, as some programs keep it that pack files.
    var modifiedSecond: Int64 { modified_at / 1_000_000_000 }
}

extension LogFolder.File {
    func has(_ cursor: LogCursor) -> Bool {
        status.device == cursor.device && status.inode == cursor.inode
    }

    /// Whether it is a finished file or its packed copy. Unpacking it to see would take long, so that its size and time
    /// have to do.
    func isProbably(_ cursor: LogCursor) -> Bool {
        guard cursor.hasContent else { return has(cursor) && (status.size == 0 || packing == .other) }
        switch packing {
        case .none:
            guard status.size >= cursor.offset, let file = try? LogFile.open(path) else { return false }
            return file.holds(cursor)
        case .gzip:
            guard status.modifiedSecond == cursor.modifiedSecond, let file = try? LogFile.open(path) else {
                return false
            }
            return file.unpackedSize == UInt32(truncatingIfNeeded: cursor.offset)
        case .other: return status.modifiedSecond == cursor.modifiedSecond
        }
    }
}
