import Glibc

/// A log that cannot be read.
package struct LogFileError: Error, CustomStringConvertible, Sendable {
    package let path: String
    /// `errno`
    package let code: Int32

    package init(path: String, code: Int32) {
        self.path = path
        self.code = code
    }

    /// What gzip holds makes no sense.
    static let damaged = EILSEQ

    package var description: String {
        "cannot read \(path): \(reason); \(Self.mend(code))"
    }

    private var reason: String {
        code == Self.damaged ? "the compressed data is damaged or ends too early" : String(cString: strerror(code))
    }

    /// What to do about it.
    static func mend(_ code: Int32) -> String {
        switch code {
        case ENOENT, ENOTDIR: "check the path: `metricsd watch FILE`"
        case EACCES, EPERM: "run it as a user who may read the log, such as root or a member of the group adm"
        case EISDIR: "name a log in it: `metricsd watch DIRECTORY/access.log`"
        case damaged: "compress it again; if it is being written now, wait for that to end"
        case EIO, ESTALE: "look at the disk or the network filesystem that it lies on"
        default: "check that it is a log"
        }
    }
}
