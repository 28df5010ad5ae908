import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

extension LogFollower {
    private enum Place {
        case found
        case nowhere
        /// To be tried again at the next request.
        case waiting
        case unpacking
        case disturbed
    }

    /// Finds the files that are not open, and takes up those that are new.
    func locateFiles(in folder: LogFolder) -> Look {
        var owners = LogOwners(folder)
        for file in files {
            if let open = file.file { owners.take(open.status, by: file) }
        }
        if let active { owners.hide(active) }
        for file in files where !file.isInWork { recognize(file, &owners) }
        var lost: [FollowedFile] = []
        // Those that their content tells come first: an empty file is looked for by its inode only, which may be in
        // use again.
        let missing = files.filter { $0.isInWork && $0.file == nil }
        for file in missing.filter({ $0.cursor.hasContent }) + missing.filter({ !$0.cursor.hasContent }) {
            switch locate(file, &owners) {
            case .found: break
            case .nowhere: lost.append(file)
            case .waiting: isUnsettled = true
            case .unpacking: return .unpacking(file)
            case .disturbed: return .disturbed
            }
        }
        for file in lost {
            // What may not be looked at now is not gone.
            if condition == .denied || condition == .failed { isUnsettled = true } else { giveUp(file, &owners) }
        }
        // What is newer than a file that is not found yet is left for later, to stay in order.
        for file in files where file.isInWork && file.file == nil { return .done }
        moveActiveToEnd()
        takeUpNewFiles(owners)
        return .done
    }

    // MARK: One file

    private func locate(_ followed: FollowedFile, _ owners: inout LogOwners) -> Place {
        let cursor = followed.cursor
        if let file = activeFile, file.status.inode == cursor.inode, file.holds(cursor) {
            attachActive(to: followed)
            return .found
        }
        for (number, generation) in owners.unowned {
            for file in generation.files where file.has(cursor) && file.packing != .other {
                // Inodes are used again, and nothing else tells the file apart but its time.
                guard cursor.hasContent || file.status.modified_at >= cursor.modifiedAt else { continue }
                switch file.packing == .none ? open(file, for: followed) : unpack(file, for: followed) {
                case .nowhere: break
                case .found:
                    owners.files[number] = followed
                    return .found
                case let place: return place
                }
            }
        }
        guard cursor.hasContent else { return .nowhere }
        if let file = activeFile, file.holds(cursor) {
            attachActive(to: followed)
            return .found
        }
        return locateByContent(followed, &owners)
    }

    /// Copies first, then what is packed.
    private func locateByContent(_ followed: FollowedFile, _ owners: inout LogOwners) -> Place {
        let likely = owners.unownedByLikelihood(for: followed.cursor)
        for (number, generation) in likely {
            guard let file = generation.files.first, file.packing == .none else { continue }
            switch open(file, for: followed) {
            case .found:
                owners.files[number] = followed
                return .found
            case .disturbed: return .disturbed
            case .nowhere, .waiting, .unpacking: continue
            }
        }
        var place = Place.nowhere
        for (number, generation) in likely {
            guard let file = generation.files.first, file.packing == .gzip,
                file.status.modifiedSecond >= followed.cursor.modifiedSecond
            else { continue }
            switch unpack(file, for: followed) {
            case .found:
                owners.files[number] = followed
                return .found
            case .nowhere: continue
            case .waiting: place = .waiting
            case let other: return other
            }
        }
        return place
    }

    private func attachActive(to followed: FollowedFile) {
        guard let file = activeFile else { return }
        followed.attach(file, at: path, isActive: true)
        activeFile = nil
    }

    /// Attaches a plain file where it is the cursor's.
    private func open(_ file: LogFolder.File, for followed: FollowedFile) -> Place {
        do throws(LogFileError) {
            guard let open = try LogFile.open(file.path), open.isSame(as: file.status) else { return .disturbed }
            guard open.holds(followed.cursor) else { return .nowhere }
            followed.attach(open, at: file.path)
            return .found
        } catch {
            if error.number == ENOENT { return .disturbed }
            // Only of the very file it is known that it is the one.
            guard file.has(followed.cursor) else { return .nowhere }
            let grace = UInt64(plan.rotatedGraceMilliseconds)
            if followed.isUnreadable(for: grace, size: file.status.size, now: now) {
                let unread = max(file.status.size, followed.cursor.knownSize) - followed.cursor.offset
                followed.lose(.readFailed, at: file.path, bytes: unread)
            }
            return .waiting
        }
    }

    /// Attaches a packed file where it is the cursor's, which is known when it is unpacked up to the offset.
    private func unpack(_ file: LogFolder.File, for followed: FollowedFile) -> Place {
        for status in followed.rejected
        where file.status.isUnchanged(since: status) {
            return .nowhere
        }
        if followed.candidate?.isSame(as: file.status) != true {
            do throws(LogFileError) {
                followed.candidate = try LogFile.open(file.path, isPacked: true)
            } catch {
                return error.number == ENOENT ? .disturbed : .nowhere
            }
        }
        guard let candidate = followed.candidate, candidate.isSame(as: file.status) else { return .disturbed }
        switch candidate.fill(window, at: followed.cursor) {
        case .filled:
            followed.attach(candidate, at: file.path)
            return .found
        case .working: return .unpacking
        case .changed:
            followed.rejected.append(file.status)
            followed.candidate = nil
            return .nowhere
        case .incomplete, .failed:
            let grace = UInt64(plan.rotatedGraceMilliseconds)
            if followed.isUnreadable(for: grace, size: file.status.size, now: now) {
                followed.lose(.unreadableCopy, at: file.path, bytes: nil)
            }
            return .waiting
        }
    }

    /// The file is nowhere.
    private func giveUp(_ followed: FollowedFile, _ owners: inout LogOwners) {
        for (number, generation) in owners.unowned where generation.name != nil {
            if generation.isUnreadable {
                // It is the file's copy, most probably.
                guard generation.modifiedAt / 1_000_000_000 >= followed.cursor.modifiedSecond else { continue }
                owners.files[number] = followed
                if generation.modifiedAt == followed.cursor.modifiedAt, followed.knownUnread == 0 {
                    followed.finish()
                } else {
                    followed.lose(.unreadableCopy, at: generation.files[0].path, bytes: nil)
                }
                return
            }
            // Nothing tells a file apart of which nothing was read; but then nothing of it can be given out twice.
            if !followed.cursor.hasContent, generation.modifiedAt > followed.cursor.modifiedAt,
                begin(followed, with: generation)
            {
                owners.files[number] = followed
                return
            }
        }
        followed.lose(active?.inode == followed.cursor.inode ? .truncated : .removed)
    }

    /// Finds a finished file, so that newer ones can be told from older ones.
    private func recognize(_ followed: FollowedFile, _ owners: inout LogOwners) {
        let cursor = followed.cursor
        if let file = activeFile, cursor.hasContent, file.status.inode == cursor.inode, file.holds(cursor) {
            // The name was switched back to it.
            followed.cursor.isFinished = false
            attachActive(to: followed)
            return
        }
        for isSameFile in [true, false] {
            for (number, generation) in owners.unowned {
                for file in generation.files where file.has(cursor) == isSameFile && file.isProbably(cursor) {
                    owners.files[number] = followed
                    return
                }
            }
        }
    }

    private func moveActiveToEnd() {
        guard let index = files.firstIndex(where: { $0.isActive }), index < files.count - 1 else { return }
        files.append(files.remove(at: index))
    }

    // MARK: New files

    private func takeUpNewFiles(_ owners: LogOwners) {
        guard let last = files.last else { return }
        for generation in last.cursor.hasContent ? newGenerations(owners) : newGenerations(beside: last, owners) {
            guard hasRoom else { return }
            takeUp(generation)
        }
        guard let file = activeFile, hasRoom else { return }
        let modifiedAt = owners.folder.newestChange
        let followed = FollowedFile(LogCursor(fileNumber: nextNumber, modifiedAt: modifiedAt), path: path)
        followed.attach(file, at: path, isActive: true)
        files.append(followed)
        activeFile = nil
    }

    /// Of a file of which nothing was read, nobody knows how often it was copied and truncated since, so that other
    /// files may have to be read before it. Then it is taken up anew in its place.
    private func newGenerations(beside last: FollowedFile, _ owners: LogOwners) -> [LogFolder.Generation] {
        var others = owners
        let place = owners.place(of: last)
        if let place { others.files[place] = nil }
        let newer = newGenerations(others, including: place)
        guard newer.count > (place == nil ? 0 : 1) else { return [] }
        guard last.isActive || place != nil else { return newer }
        last.finish()
        last.cursor.inode = 0
        openActive()
        return newer
    }

    /// Oldest first: what was rotated since the files in work were looked at.
    private func newGenerations(_ owners: LogOwners, including place: Int? = nil) -> [LogFolder.Generation] {
        guard let last = files.last, !(last.isActive && last.cursor.hasContent) else { return [] }
        var newest: FollowedFile?
        for file in files where file.cursor.hasContent { newest = file }
        let isKnown = owners.place(of: newest) != nil
        let from = owners.place(of: newest) ?? owners.lastOwned
        var newer: [LogFolder.Generation] = []
        for (number, generation) in owners.unowned {
            let isNewer = isKnown || generation.modifiedAt > last.cursor.modifiedAt
            if number == place || generation.name != nil && number > from && isNewer { newer.append(generation) }
        }
        return newer
    }

    private func takeUp(_ generation: LogFolder.Generation) {
        let status = generation.files[0].status
        // Before its last change, also where that is kept in whole seconds by whoever packs it.
        let modifiedAt = status.modifiedSecond * 1_000_000_000 - 1
        let followed = FollowedFile(LogCursor(fileNumber: nextNumber, modifiedAt: modifiedAt), path: path)
        files.append(followed)
        if generation.isUnreadable {
            followed.cursor.device = status.device
            followed.cursor.inode = status.inode
            followed.cursor.knownSize = status.size
            followed.lose(.unreadableCopy, at: generation.files[0].path, bytes: nil)
        } else if !begin(followed, with: generation) {
            followed.cursor.device = status.device
            followed.cursor.inode = status.inode
            isUnsettled = true
        }
    }

    /// Reads a file from its beginning on.
    private func begin(_ followed: FollowedFile, with generation: LogFolder.Generation) -> Bool {
        for file in generation.files where file.packing != .other {
            guard let open = try? LogFile.open(file.path, isPacked: file.packing == .gzip),
                open.isSame(as: file.status)
            else { continue }
            followed.attach(open, at: file.path)
            followed.cursor.restart()
            if case .filled = open.fill(window, at: followed.cursor) { followed.cursor.learnHead(in: window) }
            return true
        }
        return false
    }

    private var nextNumber: UInt32 {
        var highest: UInt32 = 0
        for file in files { highest = max(highest, file.cursor.fileNumber) }
        return highest + 1
    }

    private var hasRoom: Bool {
        if inWorkCount >= Self.fileLimit { hasMoreFiles = true }
        return !hasMoreFiles
    }
}
