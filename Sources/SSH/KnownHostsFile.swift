import CLibSSH2
import Glibc

/// A file that could not be used.
struct FileError: Error {
    let code: CInt
    let text: String

    init(_ code: CInt) {
        self.code = code
        text = errnoText(code)
    }

    init(text: String) {
        code = 0
        self.text = text
    }
}

/// Reads small files whole.
enum KeyFile {
    /// - Returns: nil for a missing file where that is not an error.
    static func read(_ path: String, limit: Int, missingIsEmpty: Bool = false) throws(FileError) -> [UInt8]? {
        // Nonblocking: a named pipe in the place of a key must not hold up the thread.
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if missingIsEmpty, errno == ENOENT { return nil }
            throw FileError(errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw status.st_mode & S_IFMT == S_IFDIR ? FileError(EISDIR) : FileError(text: "not a regular file")
        }
        return try read(descriptor, limit: limit)
    }

    static func read(_ descriptor: CInt, limit: Int) throws(FileError) -> [UInt8] {
        var contents: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return contents }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(errno)
            }
            contents.append(contentsOf: chunk[..<count])
            guard contents.count <= limit else { throw FileError(text: "larger than \(limit >> 10) KiB") }
        }
    }
}

/// Adds to a known_hosts file that other threads and programs use as well.
enum KnownHostsFile {
    /// Stores a key unless the file says something about the host by now.
    /// - Returns: what the file said before; `.unknown` means that the key was stored.
    static func append(
        _ path: String,
        name: String,
        address: String,
        port: UInt16,
        keyType: String,
        key: [UInt8],
        until deadline: ContinuousClock.Instant
    ) throws(FileError) -> KnownHosts.Verdict {
        // As ssh(1) does for ~/.ssh: the folder itself is made, its parents are not.
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { mkdir(String(path[..<slash]), 0o700) }
        let descriptor = Glibc.open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError(errno) }
        defer { close(descriptor) }  // gives the lock back
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw FileError(errno) }
            guard ContinuousClock.now < deadline else { throw FileError(text: "another program keeps it locked") }
            usleep(2_000)
        }
        let contents = try KeyFile.read(descriptor, limit: 16 << 20)
        var knownHosts = KnownHosts()
        knownHosts.add(contents, file: path)
        let verdict = knownHosts.verdict(address: address, port: port, keyType: keyType, key: key)
        guard verdict == .unknown else { return verdict }

        // A last line without its line end would swallow ours.
        let start = contents.isEmpty || contents.last == 10 ? "" : "\n"
        let line = Array("\(start)\(name) \(keyType) \(Base64.encode(key))\n".utf8)
        let written = write(descriptor, line, line.count)
        guard written == line.count else {
            let code = written < 0 ? errno : ENOSPC
            // Half a line would be garbage for everybody; under the lock nothing came after it.
            ftruncate(descriptor, off_t(contents.count))
            throw FileError(code)
        }
        fsync(descriptor)
        return .unknown
    }
}
