import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

extension LogFollower {
    enum Reading {
        case chunk(LogChunk)
        case nothing
        /// The file holds something else now.
        case changed
    }

    /// Bytes that are passed over at once: some milliseconds of work.
    private static let stride = 16 << 20

    /// Reads on until there are lines, the file ends, or enough was passed over for once.
    func read(_ followed: FollowedFile) -> Reading {
        var left = Self.stride
        while true {
            guard let file = followed.file else { return .changed }
            switch file.fill(window, at: followed.cursor) {
            case .filled: break
            case .changed: return .changed
            case .working: return .chunk(chunk(of: followed))
            case .incomplete: return waitFor(followed, .unreadableCopy, size: file.status.size)
            case .failed(let number):
                if followed.isActive { fail(number) }
                return waitFor(followed, .readFailed, size: file.status.size)
            }
            observe(followed, file)
            followed.cursor.learnHead(in: window)

            let isLast = window.reachesEnd && isFinishing(followed, file)
            let cut = LineCut(
                window.bytes,
                limit: lineLimit,
                isInLongLine: followed.cursor.isInLongLine,
                isLast: isLast
            )
            let isDone = cut.consumed == window.count
            let lines = Array(window.bytes[cut.lines])
            followed.cursor.advance(by: cut.consumed, in: window)
            followed.cursor.isInLongLine = cut.isInLongLine
            if followed.cursor.hasContent { followed.cursor.modifiedAt = file.status.modified_at }
            file.gzip?.take(cut.consumed)
            left -= cut.consumed
            if isLast, isDone {
                end(followed)
            } else if window.reachesEnd, isDone {
                followed.isAtEnd = true
            }
            if !lines.isEmpty || cut.longLines > 0 {
                return .chunk(chunk(of: followed, bytes: lines, longLines: cut.longLines))
            }
            if !followed.isInWork { return .nothing }
            if cut.endsInNULs {
                left -= window.count
                if cut.consumed > 0 || passHole(followed, file) { continue }
            } else if !window.reachesEnd, left > 0 {
                continue
            }
            if left <= 0 { return .chunk(chunk(of: followed)) }
            if file.gzip?.isIncomplete == true { return waitFor(followed, .unreadableCopy, size: file.status.size) }
            followed.isAtEnd = true
            return .nothing
        }
    }

    /// Moves behind a window of NUL bytes; false where there is nothing behind them yet.
    private func passHole(_ followed: FollowedFile, _ file: LogFile) -> Bool {
        let end = followed.cursor.offset + UInt64(window.count)
        guard file.gzip == nil else {
            guard !window.reachesEnd else { return false }
            followed.cursor.advance(by: window.count, in: window)
            file.gzip?.take(window.count)
            return true
        }
        guard let data = file.nextData(from: followed.cursor.offset) else { return false }
        // A file that is allocated in advance may have its lines written over the NUL bytes at its end.
        if window.reachesEnd, data < end { return false }
        followed.cursor.jump(to: max(data, end), in: file)
        return true
    }

    /// Takes down what the file is like now.
    private func observe(_ followed: FollowedFile, _ file: LogFile) {
        let size = file.gzip == nil ? file.status.size : followed.cursor.offset + UInt64(window.count)
        let isWhole = file.gzip == nil && (followed.isActive || !followed.isCopy)
        followed.cursor.knownSize = isWhole ? size : max(followed.cursor.knownSize, size)
        if !followed.isActive, followed.quietSince == nil || size > followed.quietSize {
            followed.quietSince = now
            followed.quietSize = size
        }
    }

    /// Whether a file that is not under the log's name any more is over at its end.
    private func isFinishing(_ followed: FollowedFile, _ file: LogFile) -> Bool {
        if followed.isActive { return false }
        if let gzip = file.gzip { return gzip.hasEnded }
        if hasMoreFiles, inWorkCount >= Self.fileLimit, isOldest(followed) { return true }
        guard let since = followed.quietSince else { return false }
        return now - since >= UInt64(plan.rotatedGraceMilliseconds)
    }

    private func isOldest(_ followed: FollowedFile) -> Bool {
        for file in files where file.isInWork { return file === followed }
        return false
    }

    private func end(_ followed: FollowedFile) {
        // A copy that lacks what was there before the truncation.
        if followed.knownUnread > 0 { followed.lose(.truncated) } else { followed.finish() }
    }

    /// Tries again at the next request, and gives up when nothing has changed for as long as a rotated file is followed.
    private func waitFor(_ followed: FollowedFile, _ cause: LogLoss.Cause, size: UInt64) -> Reading {
        isUnsettled = true
        followed.isAtEnd = true
        let grace = UInt64(plan.rotatedGraceMilliseconds)
        if !followed.isActive, followed.isUnreadable(for: grace, size: size, now: now) {
            let bytes: UInt64? = cause == .readFailed ? followed.knownUnread : nil
            followed.lose(cause, at: followed.path, bytes: bytes)
        }
        return .nothing
    }

    func fail(_ number: Int32) {
        condition = .failed
        errorNumber = number
    }
}
