import CLinux

extension BatchError {
    /// What the numbers mean for whoever runs metricsd (`man 3 errno`).
    init(_ operation: String, path: String, number: Int32) {
        self.init(
            operation: operation,
            path: path,
            number: number,
            text: String(cString: strerror(number)),
            mend: Self.mend(number),
            isTransient: Self.transient.contains(number),
            isFull: Self.full.contains(number)
        )
    }

    private static let full: Set<Int32> = [ENOSPC, EDQUOT]

    private static let transient: Set<Int32> = [
        ENOSPC, EDQUOT, EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN, EBUSY, EIO, ESTALE, ETIMEDOUT,
    ]

    private static func mend(_ number: Int32) -> String {
        switch number {
        case ENOSPC: "Free space, or inodes, on the file system of the state directory"
        case EDQUOT: "Raise the quota of the user that metricsd runs as, or remove files of that user"
        case EFBIG: "Raise the limit on the size of files (LimitFSIZE= of the service, ulimit -f)"
        case EACCES, EPERM: "Let the user that metricsd runs as read and write it"
        case EROFS: "Mount the file system of the state directory for writing"
        case EIO: "The disk fails; look for its errors in the kernel's log (dmesg)"
        case EMFILE, ENFILE: "Raise the limit on open files (LimitNOFILE= of the service)"
        case ELOOP, ENOTDIR:
            "Something else is in the place of a folder of metricsd, which follows no symbolic links there; move it away"
        case EEXIST: "Another file is in its place, which metricsd leaves alone; move it away"
        case ENOENT: "Restore what was removed from the state directory, and restart metricsd"
        case ENAMETOOLONG: "Shorten the name of the host or the log"
        default: "Check the file system of the state directory"
        }
    }

    static func altered(_ operation: String, path: String, text: String) -> BatchError {
        BatchError(operation: operation, path: path, text: text, mend: alteredMend, isAltered: true)
    }

    /// Of a file that is not what was written.
    package static let alteredMend =
        "Only metricsd may change files there; restore it from a copy, or do without these lines"
}
