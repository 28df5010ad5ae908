import CLinux

/// What lies beside a log's file and may hold lines of it, listed while nothing was being renamed.
struct LogFolder {
    /// More entries of a folder are not looked at.
    static let entryLimit = 250_000
    /// Files that are looked at, of those that bear the log's name in some way.
    static let fileLimit = 128

    /// Files that hold the same lines: a rotated file, its packed copy, or both.
    struct Generation {
        /// Nil where the name says nothing: the file was found by its inode or by a name that begins like the log's.
        let name: RotatedName?
        var files: [File]

        var modifiedAt: Int64 { files.map { $0.status.modified_at }.max() ?? 0 }
        var isUnreadable: Bool { files.allSatisfy { $0.packing == .other } }
    }

    struct File {
        let path: LogPath
        let packing: RotatedName.Packing
        let status: logs_status
    }

    /// Oldest first, those whose names say nothing before all others.
    private(set) var generations: [Generation] = []

    var newestChange: Int64 {
        var newest: Int64 = 0
        for generation in generations where generation.name != nil { newest = max(newest, generation.modifiedAt) }
        return newest
    }

    /// - Parameters:
    ///   - inodes: of files that are looked for under any name.
    ///   - isConfined: whether only names count that log rotation makes of the log's.
    /// - Returns: nil where names changed during every attempt.
    init?(beside log: LogPath, inodes: [UInt64], isConfined: Bool) {
        let inodes = isConfined ? [] : inodes
        // A link's target is rotated under the target's name.
        let paths = [log, log.target].compactMap { $0 }
        var listings = paths.map { Self.entries(of: $0.split.folder, like: $0.split.name, inodes) }
        for _ in 0..<4 {
            let again = paths.map { Self.entries(of: $0.split.folder, like: $0.split.name, inodes) }
            if listings == again {
                for (path, entries) in zip(paths, listings) { add(entries, beside: path, isConfined: isConfined) }
                sort()
                return
            }
            listings = again
        }
        return nil
    }

    // MARK: Listing

    private struct Entry: Equatable {
        let name: [UInt8]
        let inode: UInt64
    }

    private static func entries(of folder: LogPath, like log: [UInt8], _ inodes: [UInt64]) -> [Entry] {
        guard let directory = folder.withCString({ path in path.flatMap { opendir($0) } }) else { return [] }
        defer { closedir(directory) }
        let stem = log.lastIndex(of: 0x2E).map { Array(log[..<$0]) } ?? log
        var entries: [Entry] = []
        var inode: UInt64 = 0
        for _ in 0..<entryLimit {
            guard let entry = logs_next_entry(directory, &inode) else { break }
            let isLike = begins(entry, with: stem)
            guard isLike || inodes.contains(inode) else { continue }
            let name = Array(UnsafeBufferPointer(start: entry, count: strlen(entry)).map { UInt8(bitPattern: $0) })
            if name == log || name == [0x2E] || name == [0x2E, 0x2E] { continue }
            entries.append(Entry(name: name, inode: inode))
            if entries.count > fileLimit * 2 { thinOut(&entries, of: log, inodes) }
        }
        return entries
    }

    /// Keeps the newest by their names, and those that are looked for.
    private static func thinOut(_ entries: inout [Entry], of log: [UInt8], _ inodes: [UInt64]) {
        var ranked = entries.map { (entry: $0, name: RotatedName($0.name, of: log)) }
        ranked.sort { left, right in
            let isWanted = (inodes.contains(left.entry.inode), inodes.contains(right.entry.inode))
            if isWanted.0 != isWanted.1 { return isWanted.0 }
            guard let first = left.name else { return false }
            guard let second = right.name else { return true }
            return second.isOlder(than: first)
        }
        entries = ranked.prefix(fileLimit).map { $0.entry }
    }

    private static func begins(_ entry: UnsafePointer<CChar>, with stem: [UInt8]) -> Bool {
        // A shorter name differs at the NUL behind it.
        for index in 0..<stem.count where UInt8(bitPattern: entry[index]) != stem[index] { return false }
        return true
    }

    // MARK: Generations

    private mutating func add(_ entries: [Entry], beside path: LogPath, isConfined: Bool) {
        let (folder, log) = path.split
        for entry in entries {
            let path = folder.appending(entry.name)
            if isConfined, RotatedName(entry.name, of: log) == nil { continue }
            var status = logs_status()
            guard path.status(&status) == 0, status.is_regular != 0, !has(status) else { continue }
            let name = RotatedName(entry.name, of: log)
            let file = File(path: path, packing: name?.packing ?? .none, status: status)
            if let name, let index = generations.firstIndex(where: { $0.name?.unpackedName == name.unpackedName }) {
                generations[index].files.append(file)
                generations[index].files.sort { $0.packing.rank < $1.packing.rank }
            } else {
                generations.append(Generation(name: name, files: [file]))
            }
        }
    }

    private func has(_ status: logs_status) -> Bool {
        for generation in generations {
            for file in generation.files where file.status.isSame(as: status) { return true }
        }
        return false
    }

    /// By number or date where all have one. Otherwise by when they were last written.
    private mutating func sort() {
        let names = generations.compactMap { $0.name }
        let isByName = names.allSatisfy { $0.order != .unknown && $0.order == names[0].order }
        generations.sort { left, right in
            guard let first = left.name else { return right.name != nil }
            guard let second = right.name else { return false }
            if isByName || left.modifiedAt == right.modifiedAt { return first.isOlder(than: second) }
            return left.modifiedAt < right.modifiedAt
        }
    }
}
