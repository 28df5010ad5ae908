import CLinux

#if !hasFeature(Embedded)
    package import Wire
#endif

/// The bytes of one read, in memory that all collectors share: a poll allocates nothing for its reads.
package final class ReadBuffer {
    fileprivate var bytes: [UInt8]

    package init(capacity: Int = 8_192) {
        bytes = [UInt8](repeating: 0, count: capacity)
    }

    /// Fills the buffer from a descriptor, from offset 0 to the end of the file.
    ///
    /// - Throws: the `errno`; `EFBIG` where there are more than `limit` bytes.
    /// - Returns: how many bytes there are.
    fileprivate func fill(from descriptor: Int32, limit: Int) throws(ErrorNumber) -> Int {
        var filled = 0
        while true {
            if filled == bytes.count {
                guard filled < limit else { throw ErrorNumber(code: EFBIG) }
                bytes.append(contentsOf: repeatElement(0, count: bytes.count))
            }
            // Within the array: from `filled` on there are `bytes.count - filled` bytes.
            let got = bytes.withUnsafeMutableBytes { memory in
                pread(descriptor, memory.baseAddress.map { $0 + filled }, memory.count - filled, off_t(filled))
            }
            if got == 0 { return filled }
            if got < 0 {
                let code = probe_errno()
                if code == EINTR { continue }
                throw ErrorNumber(code: code)
            }
            filled += got
        }
    }

    fileprivate func scanner(count: Int) -> ByteScanner {
        ByteScanner(bytes, from: 0, to: count)
    }

    /// A file that is read now and then; its text is valid until the next read into this buffer.
    func read(_ path: String, limit: Int = 1 << 20) throws(ErrorNumber) -> ByteScanner {
        let descriptor = probe_open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ErrorNumber(code: probe_errno()) }
        defer { _ = close(descriptor) }
        return scanner(count: try fill(from: descriptor, limit: limit))
    }

    /// A file that may be long, line by line: it never is in memory as a whole.
    func forEachLine(of path: String, _ body: (ByteScanner) -> Void) throws(ErrorNumber) {
        let descriptor = probe_open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ErrorNumber(code: probe_errno()) }
        defer { _ = close(descriptor) }
        var kept = 0
        while true {
            // A line that fills the buffer is no line of a kernel file: what was read of it goes as one.
            if kept == bytes.count {
                body(scanner(count: kept))
                kept = 0
            }
            // Within the array: `kept` is smaller than its count.
            let got = bytes.withUnsafeMutableBytes { memory in
                CLinux.read(descriptor, memory.baseAddress.map { $0 + kept }, memory.count - kept)
            }
            if got < 0 {
                let code = probe_errno()
                if code == EINTR { continue }
                throw ErrorNumber(code: code)
            }
            let filled = kept + got
            let whole = got == 0 ? filled : endOfLastLine(in: filled)
            var text = scanner(count: whole)
            while let line = text.line() { body(line) }
            if got == 0 { return }
            text = ByteScanner([])
            for place in whole..<filled { bytes[place - whole] = bytes[place] }
            kept = filled - whole
        }
    }

    private func endOfLastLine(in count: Int) -> Int {
        var end = count
        while end > 0, bytes[end - 1] != 0x0A { end -= 1 }
        return end
    }
}

/// A file of the kernel that is read whole at every poll, through one descriptor that stays open.
///
/// `pread` at offset 0 makes the kernel write the text anew (`man 5 proc`, seq_file), which saves the walk of the path
/// at every poll. A descriptor that stops working (lxcfs restarted under `/proc`) is opened again once.
package final class KernelFile {
    package let path: String
    private let limit: Int
    private let buffer: ReadBuffer
    private var descriptor: Int32 = -1

    /// Opens nothing yet.
    ///
    /// - Parameter limit: more bytes than that are a failure, not memory of the host.
    package init(_ path: String, buffer: ReadBuffer, limit: Int = 4 << 20) {
        self.path = path
        self.buffer = buffer
        self.limit = limit
    }

    deinit {
        if descriptor >= 0 { _ = CLinux.close(descriptor) }
    }

    /// The text of the file as it is now; valid until the next read into the same buffer. Does not block on `/proc`.
    ///
    /// - Returns: nil where the host has no such file, or the kernel has the feature switched off.
    package func read(for collector: Collector) throws(CollectorFailure) -> ByteScanner? {
        if descriptor >= 0 {
            if let count = try? buffer.fill(from: descriptor, limit: limit) { return buffer.scanner(count: count) }
            close()
        }
        do throws(ErrorNumber) {
            descriptor = probe_open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw ErrorNumber(code: probe_errno()) }
            return buffer.scanner(count: try buffer.fill(from: descriptor, limit: limit))
        } catch {
            close()
            if error.isAbsence { return nil }
            if error.code == EFBIG { throw collector.failure("\(path) is longer than \(limit) bytes") }
            throw collector.failure("cannot read \(path): \(error.text)")
        }
    }

    private func close() {
        if descriptor >= 0 { _ = CLinux.close(descriptor) }
        descriptor = -1
    }
}

/// What a system call left in `errno`.
struct ErrorNumber: Error {
    var code: Int32

    /// "There is no such thing here", which is no failure: `/proc/pressure` answers `EOPNOTSUPP` under `psi=0`.
    var isAbsence: Bool { code == ENOENT || code == ENOTDIR || code == EOPNOTSUPP || code == ENODEV }

    /// `man 3 strerror`
    var text: String {
        guard let text = strerror(code) else { return "error \(code)" }
        return String(cString: text)
    }
}

extension Collector {
    /// A failure of this collector.
    package func failure(_ reason: String) -> CollectorFailure {
        CollectorFailure(collector: name, reason: reason)
    }
}
