import Glibc

/// A log that cannot be written.
package struct TrafficFileError: Error, CustomStringConvertible, Sendable {
    package let operation: String
    package let path: String
    /// `errno`
    package let code: Int32

    /// The reader of a pipe went away, e.g. `| head`: no mistake of anybody's.
    package var isClosedPipe: Bool { code == EPIPE }

    package var description: String {
        "cannot \(operation) \(path): \(String(cString: strerror(code))); \(mend)"
    }

    private var mend: String {
        switch code {
        case ENOENT: "create its directory, or give --output another path"
        case EACCES, EPERM, EROFS: "run it as a user who may write there, or give --output another path"
        case EISDIR: "give --output the path of a file"
        case ENOSPC, EDQUOT, EFBIG: "make room, or rotate with --rotate and keep less with --rotate-keep"
        default: "look at the filesystem, or give --output another path"
        }
    }
}
