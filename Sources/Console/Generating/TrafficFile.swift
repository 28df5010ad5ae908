import Glibc

/// The log that is written: a file that is appended to and rotated, or standard output.
///
/// Lines reach it whole: a `write(2)` holds only whole lines, and the descriptor is open with `O_APPEND`.
final class TrafficFile {
    private let path: String?
    private var descriptor: Int32
    /// Since this file was opened or cut.
    private(set) var bytes = 0

    /// - Parameter path: nil for standard output.
    init(_ path: String?) throws(TrafficFileError) {
        self.path = path
        descriptor = STDOUT_FILENO
        if path != nil { try open() }
    }

    deinit {
        if path != nil { close(descriptor) }
    }

    private func open() throws(TrafficFileError) {
        guard let path else { return }
        descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("open") }
        bytes = 0
    }

    /// Blocks while a pipe's reader is slow.
    func write(_ lines: [UInt8]) throws(TrafficFileError) {
        var written = 0
        while written < lines.count {
            let count = lines.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&request, 1, 1_000)
            } else if errno != EINTR {
                throw failure("write to")
            }
        }
        bytes += lines.count
    }

    /// Names what was written `.1`, what was `.1` before `.2`…; the writer stays in it until `reopen`.
    func rename(keeping keep: Int) throws(TrafficFileError) {
        guard let path else { return }
        try shift(keeping: keep)
        guard Glibc.rename(path, "\(path).1") == 0 else { throw failure("rename") }
    }

    /// Opens the file under the log's own name, and lets go of the one before.
    func reopen() throws(TrafficFileError) {
        let old = descriptor
        try open()
        close(old)
    }

    func copyAndTruncate(keeping keep: Int) throws(TrafficFileError) {
        guard let path else { return }
        try shift(keeping: keep)
        let source = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw failure("read") }
        defer { close(source) }
        let copy = Glibc.open("\(path).1", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard copy >= 0 else { throw failure("copy to .1") }
        defer { close(copy) }
        while true {
            let count = sendfile(copy, source, nil, 1 << 30)
            if count == 0 { break }
            guard count > 0 || errno == EINTR else { throw failure("copy to .1") }
        }
        guard ftruncate(descriptor, 0) == 0 else { throw failure("truncate") }
        bytes = 0
    }

    private func shift(keeping keep: Int) throws(TrafficFileError) {
        guard let path else { return }
        for number in stride(from: keep - 1, to: 0, by: -1) {
            guard Glibc.rename("\(path).\(number)", "\(path).\(number + 1)") == 0 || errno == ENOENT else {
                throw failure("rename the rotated files of")
            }
        }
    }

    private func failure(_ operation: String) -> TrafficFileError {
        TrafficFileError(operation: operation, path: path ?? "standard output", code: errno)
    }
}
