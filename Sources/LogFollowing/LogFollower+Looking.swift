import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

/// What a look at the log's name and its folder saw, to be spared the next one.
struct Surroundings: Equatable {
    var folder: FileIdentity
    var folderModifiedAt: Int64
    var active: FileIdentity?

    /// The folder's time tells of every change: it is too old to be that of a change that is still to come.
    var isReliable: Bool { logs_time_nanoseconds() - folderModifiedAt > 1_000_000_000 }
}

struct FileIdentity: Equatable {
    var device: UInt64
    var inode: UInt64

    init(_ status: logs_status) {
        device = status.device
        inode = status.inode
    }
}

extension LogFollower {
    /// Finds out where the files of the cursors are, and which new ones there are.
    ///
    /// - Returns: a file that has to be unpacked further before that is known, nil when there is nothing more to do now.
    func look() -> FollowedFile? {
        for _ in 0..<4 {
            switch lookOnce() {
            case .done: return nil
            case .unpacking(let file): return file
            case .disturbed: continue
            }
        }
        isUnsettled = true
        return nil
    }

    enum Look {
        case done
        case unpacking(FollowedFile)
        /// Names changed meanwhile.
        case disturbed
    }

    private func lookOnce() -> Look {
        hasMoreFiles = false
        lookAtName()
        for file in files { file.isActive = isActive(file) }
        openActive()
        if files.isEmpty { return firstLook() }
        let surroundings = surroundings()
        if isSettled(surroundings) { return .done }

        for file in files where file.isInWork {
            if let open = file.file, open.gzip == nil, !open.holds(file.cursor) { file.close() }
        }
        openActive()
        guard let folder = LogFolder(beside: path, inodes: cursors.map { $0.inode }, isConfined: isConfined),
            isNameUnchanged
        else {
            return .disturbed
        }
        let look = locateFiles(in: folder)
        guard case .done = look else { return look }
        settled = !isUnsettled && !hasMoreFiles && surroundings?.isReliable == true ? surroundings : nil
        return .done
    }

    // MARK: The log's name

    /// Whether the file that is open is the one under the log's name.
    private func isActive(_ file: FollowedFile) -> Bool {
        guard let active, let open = file.file else { return false }
        return open.isSame(as: active)
    }

    func lookAtName() {
        var status = logs_status()
        let failure = path.status(&status)
        active = nil
        errorNumber = 0
        switch -failure {
        case 0 where status.is_regular != 0:
            condition = .following
            active = status
        case 0: condition = .notAFile
        case ENOENT, ENOTDIR: condition = .missing
        default: refuse(-failure)
        }
    }

    private func refuse(_ number: Int32) {
        fail(number)
        if number == EACCES || number == EPERM { condition = .denied }
    }

    /// Opens the file under the log's name, where no file has it open yet.
    func openActive() {
        activeFile = nil
        guard active != nil else { return }
        for file in files where file.isActive { return }
        do throws(LogFileError) {
            activeFile = try LogFile.open(path)
            active = activeFile?.status
        } catch {
            refuse(error.number)
        }
    }

    private var isNameUnchanged: Bool {
        var status = logs_status()
        guard path.status(&status) == 0, status.is_regular != 0 else { return active == nil }
        guard let active else { return false }
        return FileIdentity(status) == FileIdentity(active)
    }

    private func surroundings() -> Surroundings? {
        var status = logs_status()
        guard path.split.folder.status(&status) == 0 else { return nil }
        return Surroundings(
            folder: FileIdentity(status),
            folderModifiedAt: status.modified_at,
            active: active.map { FileIdentity($0) }
        )
    }

    /// All files are open, and nothing says that there could be others.
    private func isSettled(_ surroundings: Surroundings?) -> Bool {
        for file in files where file.isInWork && file.file == nil { return false }
        if let last = files.last, last.isActive, last.isInWork, last.cursor.hasContent { return true }
        // A file that can be opened again after all.
        if activeFile != nil { return false }
        return surroundings != nil && surroundings == settled
    }

    // MARK: The first time

    private func firstLook() -> Look {
        guard let folder = LogFolder(beside: path, inodes: [], isConfined: isConfined), isNameUnchanged else {
            return .disturbed
        }
        guard let file = activeFile else {
            // What comes later is new, and read from its beginning.
            guard condition == .missing else { return .done }
            let nothing = LogCursor(fileNumber: 0, isFinished: true, modifiedAt: folder.newestChange)
            files = [FollowedFile(nothing, path: path)]
            return .done
        }
        let first = FollowedFile(LogCursor(fileNumber: 1, modifiedAt: folder.newestChange), path: path)
        first.attach(file, at: path, isActive: true)
        files = [first]
        if start == .end { header = first.cursor.moveToEnd(of: file, window) }
        activeFile = nil
        return .done
    }
}

extension LogCursor {
    /// Moves behind the last whole line.
    ///
    /// - Returns: the `#` lines at the file's beginning.
    fileprivate mutating func moveToEnd(of file: LogFile, _ window: LogWindow) -> [UInt8] {
        let size = file.status.size
        knownSize = size
        let reach = min(size, UInt64(window.limit))
        let memory = UnsafeMutableRawBufferPointer(rebasing: window.target[..<Int(reach)])
        guard logs_read(file.descriptor, memory.baseAddress, memory.count, size - reach) == memory.count,
            let base = memory.baseAddress
        else { return [] }
        if let newline = logs_last_newline(base, memory.count) {
            offset = size - reach + UInt64(newline - UnsafeRawPointer(base)) + 1
        } else if reach < size {
            offset = size
            isInLongLine = true
        } else {
            return []
        }
        let header = Self.header(of: file, before: offset, memory: window.target)
        headStart = UInt64(header.count)
        headLength = UInt16(min(offset - headStart, UInt64(ContentHash.limit)))
        headHash = file.hash(at: headStart, Int(headLength))
        tailLength = UInt16(min(offset, UInt64(ContentHash.limit)))
        tailHash = file.hash(at: offset - UInt64(tailLength), Int(tailLength))
        return header
    }

    private static func header(of file: LogFile, before end: UInt64, memory: UnsafeMutableRawBufferPointer) -> [UInt8] {
        let wanted = min(memory.count, headerLimit, Int(min(end, UInt64(headerLimit))))
        let got = logs_read(file.descriptor, memory.baseAddress, wanted, 0)
        guard got > 0, let base = memory.baseAddress else { return [] }
        var count = 0
        while count < got, memory[count] == 0x23,
            let newline = logs_first_newline(base + count, got - count)
        {
            count = newline - UnsafeRawPointer(base) + 1
        }
        return Array(memory[..<count])
    }
}
