import CLinux

#if !hasFeature(Embedded)
    package import Wire
#endif

/// Follows one log file through growth and rotation, exactly once.
///
/// A request is `begin`, any number of `nextChunk`, and `report`. Each looks first where the files of the cursors are
/// now (`LogFollower+Looking`): under the log's name, beside it under another name, copied or packed. What is known by
/// a hash of its content is the same file, whatever it is called. Then it reads the files, oldest first
/// (`LogFollower+Reading`), each read checking in itself that the bytes before the offset are still those.
///
/// Files are kept open between requests, which keeps deleted ones readable and their inodes from being used again, but
/// everything that must not be forgotten is in the cursors: a follower that is new knows as much.
package final class LogFollower {
    /// Files that are in work at once.
    static let fileLimit = 8
    /// Finished files that are kept to tell newer ones from older ones.
    static let finishedLimit = 2

    enum Stage {
        case idle
        /// Where the files are is to be found out.
        case looking
        case reading
    }

    package let plan: LogPlan
    /// Nothing is opened but the log and what its rotation makes of its name. Otherwise whoever makes up cursors could have
    /// any file of the log's folder read.
    let isConfined: Bool
    let path: LogPath
    private let clock: (() -> UInt64)?

    private(set) var log: UInt16 = 0
    private(set) var start = LogStart.end
    var stage = Stage.idle
    /// Oldest first.
    var files: [FollowedFile] = []
    var condition = LogReport.Condition.missing
    var errorNumber: Int32 = 0
    /// What is under the log's name, where it is a file, and that file if no other has it open.
    var active: logs_status?
    var activeFile: LogFile?
    /// What was there when all files had been found.
    var settled: Surroundings?
    /// Something is to be tried again at the next request.
    var isUnsettled = false
    /// More rotated files wait than are taken into work at once.
    var hasMoreFiles = false
    /// How often in this request a file turned out to be another one while it was read.
    private var changeCount = 0
    /// The first `#` lines, until they are given out.
    var header: [UInt8] = []
    private var allocatedWindow: LogWindow?

    /// - Parameters:
    ///   - isConfined: whether cursors may come from somebody who is not to read other files: a file that was renamed in
    ///     another way than log rotation does it is then not found again.
    ///   - uptimeMilliseconds: a clock that only runs, to tell how long a file has not grown.
    package init(_ plan: LogPlan, isConfined: Bool = false, uptimeMilliseconds: (() -> UInt64)? = nil) {
        self.plan = plan
        self.isConfined = isConfined
        path = LogPath(Array(plan.path.utf8))
        clock = uptimeMilliseconds
    }

    var now: UInt64 { clock?() ?? logs_uptime_milliseconds() }

    /// The longest line that is given out.
    var lineLimit: Int { Int(plan.lineLimitBytes) }

    /// The memory of this request.
    var window: LogWindow {
        if let allocatedWindow { return allocatedWindow }
        let window = LogWindow(capacity: lineLimit + 1)
        allocatedWindow = window
        return window
    }

    /// Takes the log up from where the cursors say. Opens nothing yet.
    package func begin(_ read: LogRead) {
        log = read.log
        start = read.start
        if !hasCursors(read.cursors) { takeUp(read.cursors) }
        for file in files { file.isAtEnd = false }
        stage = .looking
        isUnsettled = false
        hasMoreFiles = false
        changeCount = 0
        header = []
    }

    /// The next piece of the log; nil when there is nothing more now. Does not block.
    ///
    /// Takes some milliseconds at most. A piece may be without bytes, where only the cursors have moved, or where there
    /// is more to do (unpacking a rotated file up to the offset) than should be done at once.
    ///
    /// - Parameter maximumBytes: most bytes of lines; less than the plan's line limit is raised to that.
    package func nextChunk(maximumBytes: Int) -> LogChunk? {
        prepareWindow(max(maximumBytes, lineLimit + 1))
        while true {
            switch stage {
            case .idle: return nil
            case .looking:
                if let file = look() { return chunk(of: file) }
                stage = .reading
                if !header.isEmpty, let file = files.last { return chunk(of: file) }
            case .reading:
                guard let file = nextFile() else {
                    if hasMoreFiles, makeRoom() { continue }
                    allocatedWindow = nil
                    return nil
                }
                switch read(file) {
                case .chunk(let chunk): return chunk
                case .nothing: continue
                case .changed: lookAgain(for: file)
                }
            }
        }
    }

    /// Ends the request, and frees what only reading needs.
    package func report() -> LogReport {
        if stage == .looking {
            if files.isEmpty {
                // The first look gives out a header, which only a piece can carry.
                lookAtName()
                isUnsettled = true
            } else if look() != nil {
                isUnsettled = true
            }
        }
        var losses: [LogLoss] = []
        for file in files {
            guard let loss = file.loss else { continue }
            losses.append(loss)
            file.loss = nil
            file.finish()
        }
        forgetFinished()
        let isAtEnd = stage != .idle && !isUnsettled && !hasMoreFiles && nextFile() == nil
        stage = .idle
        allocatedWindow = nil
        activeFile = nil
        return LogReport(
            log: log,
            condition: condition,
            errorNumber: errorNumber,
            isAtEnd: isAtEnd,
            cursors: cursors,
            losses: losses
        )
    }

    var cursors: [LogCursor] { files.map { $0.cursor } }

    var inWorkCount: Int {
        var count = 0
        for file in files where file.isInWork { count += 1 }
        return count
    }

    func chunk(of file: FollowedFile, bytes: [UInt8] = [], longLines: UInt32 = 0) -> LogChunk {
        let header = header
        self.header = []
        return LogChunk(
            log: log,
            fileNumber: file.cursor.fileNumber,
            header: header,
            bytes: bytes,
            longLines: longLines,
            cursors: cursors
        )
    }

    /// Drops finished files but the newest.
    func forgetFinished() {
        var surplus = files.count - inWorkCount - Self.finishedLimit
        files.removeAll { file in
            guard surplus > 0, file.cursor.isFinished else { return false }
            surplus -= 1
            return true
        }
    }

    // MARK: Parts of a request

    private func hasCursors(_ cursors: [LogCursor]) -> Bool {
        guard cursors.count == files.count else { return false }
        for index in 0..<cursors.count where cursors[index] != files[index].cursor { return false }
        return true
    }

    /// Files that are open stay so. That they are the cursors' files is checked by each read.
    private func takeUp(_ cursors: [LogCursor]) {
        let former = files
        settled = nil
        files = []
        for cursor in cursors {
            let file = FollowedFile(cursor, path: path)
            files.append(file)
            guard file.isInWork else { continue }
            for other in former where other.cursor.fileNumber == cursor.fileNumber {
                guard let open = other.file, open.status.inode == cursor.inode, open.status.device == cursor.device
                else { continue }
                file.attach(open, at: other.path)
                file.quietSince = other.quietSince
                file.quietSize = other.quietSize
            }
        }
    }

    private func prepareWindow(_ limit: Int) {
        if allocatedWindow == nil || window.capacity < limit { allocatedWindow = LogWindow(capacity: limit) }
        window.limit = limit
    }

    /// The oldest file with something left to read, as far as is known.
    private func nextFile() -> FollowedFile? {
        for file in files where file.isInWork && file.file != nil && !file.isAtEnd { return file }
        return nil
    }

    /// Goes on to newer files, and ends the oldest for them where there are too many; false where that cannot be.
    private func makeRoom() -> Bool {
        if inWorkCount < Self.fileLimit {
            stage = .looking
            return true
        }
        for file in files where file.isInWork {
            guard file.file != nil, file.unreadableSince == nil else { return false }
            file.isAtEnd = false
            return true
        }
        return false
    }

    private func lookAgain(for file: FollowedFile) {
        changeCount += 1
        if changeCount > 8 {
            isUnsettled = true
            file.isAtEnd = true
        } else {
            file.close()
            settled = nil
            stage = .looking
        }
    }
}
