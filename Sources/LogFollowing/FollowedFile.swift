import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

/// One file of a log: its cursor, and the open file where it has been found.
final class FollowedFile {
    var cursor: LogCursor
    var file: LogFile?
    /// Where it was found last, for people.
    var path: LogPath
    /// It was open at an earlier look: this follower has watched it.
    private(set) var hasBeenOpen = false
    /// It has the log's name.
    var isActive = false
    /// Found as a copy: its size says nothing about what the file it was copied from had.
    var isCopy = false
    /// Nothing more can be read of it now.
    var isAtEnd = false
    /// Since when it is known to be rotated and has not grown, by the follower's clock.
    var quietSince: UInt64?
    /// Its size then.
    var quietSize: UInt64 = 0
    /// What can never be read of it; it is finished once that is reported.
    var loss: LogLoss?

    /// A packed file that is being unpacked to see whether it is this one.
    var candidate: LogFile?
    /// Packed files that are not this one.
    var rejected: [logs_status] = []
    /// Since when it is there but cannot be read, by the follower's clock, and the size of what cannot be read.
    var unreadableSince: UInt64?
    var unreadableSize: UInt64 = 0

    init(_ cursor: LogCursor, path: LogPath) {
        self.cursor = cursor
        self.path = path
    }

    /// There is more to come of it, as far as is known.
    var isInWork: Bool { !cursor.isFinished && loss == nil }

    /// Bytes that existed behind the offset when the file was last looked at.
    var knownUnread: UInt64 { cursor.knownSize > cursor.offset ? cursor.knownSize - cursor.offset : 0 }

    /// Gives it up, because it is nowhere.
    ///
    /// Where all that was known of it has been read: of a file that was open until now nothing is missing. One that
    /// nobody had open may have grown since the last look, by how much nobody can tell.
    func lose(_ cause: LogLoss.Cause) {
        if knownUnread > 0 {
            lose(cause, at: path, bytes: knownUnread)
        } else if cursor.hasContent, !hasBeenOpen {
            lose(cause, at: path, bytes: nil)
        } else {
            finish()
        }
    }

    func lose(_ cause: LogLoss.Cause, at path: LogPath, bytes: UInt64?) {
        close()
        loss = LogLoss(cause: cause, file: path.text, bytes: bytes)
    }

    func finish() {
        close()
        cursor.isFinished = true
    }

    func close() {
        file = nil
        candidate = nil
        isActive = false
    }

    func attach(_ found: LogFile, at path: LogPath, isActive: Bool = false) {
        isCopy = !(cursor.inode == found.status.inode && cursor.device == found.status.device)
        file = found
        hasBeenOpen = true
        candidate = nil
        rejected = []
        unreadableSince = nil
        self.path = path
        self.isActive = isActive
        cursor.device = found.status.device
        cursor.inode = found.status.inode
    }

    /// Whether it is unreadable for longer than a time, at an unchanged size: not still being written.
    func isUnreadable(for grace: UInt64, size: UInt64, now: UInt64) -> Bool {
        if let unreadableSince, unreadableSize == size { return now - unreadableSince >= grace }
        unreadableSince = now
        unreadableSize = size
        return grace == 0
    }
}
