extension SFTPSession {
    /// What the server says of a file or a directory; nil where there is none.
    /// - Parameter followingLinks: false for a symbolic link's own attributes.
    package func attributes(
        of path: String,
        followingLinks: Bool = true,
        deadline: ContinuousClock.Instant? = nil
    ) throws(SSHError) -> SFTPAttributes? {
        doing = "looking for \(path)"
        switch try call(followingLinks ? .stat : .lstat, until: time(deadline), { $0.add(path) }) {
        case .attributes(let attributes): return attributes
        case .status(let status, _) where status.kind == .noSuchFile: return nil
        case let reply: throw failure(reply)
        }
    }

    /// Renames, never over something that is there.
    ///
    /// OpenSSH sees to that itself. For servers that would replace, the name is looked for right before; what comes to
    /// be between the two is replaced by them.
    /// - Throws: kind `fileExists` where the new name is taken.
    package func rename(
        _ path: String,
        to newPath: String,
        deadline: ContinuousClock.Instant? = nil
    ) throws(SSHError) {
        let deadline = time(deadline)
        if try attributes(of: newPath, followingLinks: false, deadline: deadline) != nil {
            throw failure(.fileExists, "renaming to \(newPath)")
        }
        doing = "renaming to \(newPath)"
        let reply = try call(.rename, until: deadline) {
            $0.add(path)
            $0.add(newPath)
        }
        if case .status(.ok, _) = reply { return }
        let error = failure(reply)
        // Version 3 has no word for a name that is taken.
        if error.kind == .requestFailed, try attributes(of: newPath, followingLinks: false, deadline: deadline) != nil {
            throw failure(.fileExists, "renaming to \(newPath)")
        }
        throw error
    }

    /// Renames over whatever has the name, at once (posix-rename@openssh.com).
    /// - Throws: kind `unsupported` where the server cannot.
    package func replace(
        _ newPath: String,
        with path: String,
        deadline: ContinuousClock.Instant? = nil
    ) throws(SSHError) {
        doing = "renaming to \(newPath)"
        guard extensions.contains("posix-rename@openssh.com") else { throw failure(.unsupported, doing) }
        let reply = try call(.extended, until: time(deadline)) {
            $0.add("posix-rename@openssh.com")
            $0.add(path)
            $0.add(newPath)
        }
        try check(reply)
    }

    /// Removes a file.
    /// - Returns: false where there was none.
    @discardableResult
    package func remove(_ path: String, deadline: ContinuousClock.Instant? = nil) throws(SSHError) -> Bool {
        doing = "removing \(path)"
        let reply = try call(.remove, until: time(deadline)) { $0.add(path) }
        if case .status(let status, _) = reply, status.kind == .noSuchFile { return false }
        try check(reply)
        return true
    }

    package func makeDirectory(
        _ path: String,
        mode: UInt32 = 0o755,
        deadline: ContinuousClock.Instant? = nil
    ) throws(SSHError) {
        doing = "making the directory \(path)"
        let reply = try call(.mkdir, until: time(deadline)) {
            $0.add(path)
            $0.add(permissions: mode)
        }
        try check(reply)
    }

    /// The entries of a directory without `.` and `..`, in the server's order. The deadline counts for each piece.
    /// - Parameter limit: entries that are looked at; there may be a great many.
    package func list(
        _ path: String,
        limit: Int = 1_000_000,
        where isWanted: (SFTPEntry) -> Bool = { _ in true }
    ) throws(SSHError) -> [SFTPEntry] {
        doing = "listing \(path)"
        let reply = try call(.opendir, until: time(nil)) { $0.add(path) }
        guard case .handle(let handle) = reply else { throw failure(reply) }
        var entries: [SFTPEntry] = []
        var seen = 0
        while seen < limit {
            doing = "listing \(path)"
            let reply = try call(.readdir, until: time(nil)) { $0.add(handle) }
            if case .status(.endOfFile, _) = reply { break }
            guard case .names(let names) = reply, !names.isEmpty else {
                closeLater(handle)
                throw failure(reply)
            }
            seen += names.count
            entries += names.filter { $0.name != "." && $0.name != ".." && isWanted($0) }
        }
        closeLater(handle)
        return entries
    }

    /// Room on the path's file system (statvfs@openssh.com); nil where the server does not tell.
    package func freeSpace(
        at path: String,
        deadline: ContinuousClock.Instant? = nil
    ) throws(SSHError) -> SFTPFreeSpace? {
        guard extensions.contains("statvfs@openssh.com") else { return nil }
        doing = "asking for the free space of \(path)"
        let reply = try call(.extended, until: time(deadline)) {
            $0.add("statvfs@openssh.com")
            $0.add(path)
        }
        guard case .extended(let bytes) = reply else { throw failure(reply) }
        var fields = SFTPReader(bytes[...])
        // f_bsize, f_frsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree, f_favail
        var values: [UInt64] = []
        while values.count < 8, let value = fields.longNumber() { values.append(value) }
        guard values.count == 8 else { return nil }
        let unit = max(values[1], 1)
        func size(of blocks: UInt64) -> UInt64 {
            // A server may say "as good as endless".
            let product = blocks.multipliedReportingOverflow(by: unit)
            return product.overflow ? .max : product.partialValue
        }
        return SFTPFreeSpace(
            freeBytes: size(of: values[4]),
            totalBytes: size(of: values[2]),
            freeFiles: values[5] == 0 ? nil : values[7]
        )
    }

    // MARK: Shared

    func time(_ deadline: ContinuousClock.Instant?) -> ContinuousClock.Instant {
        deadline ?? .now + session.target.timeout
    }

    func check(_ reply: SFTPReply) throws(SSHError) {
        if case .status(.ok, _) = reply { return }
        throw failure(reply)
    }

    /// Asks for the end of a handle and does not wait for the answer, which tells nothing that matters any more.
    func closeLater(_ handle: [UInt8]) {
        forget(request(.close) { $0.add(handle) })
    }
}

extension SFTPWriter {
    /// Attributes with permission bits and nothing else.
    mutating func add(permissions mode: UInt32) {
        add(UInt32(4))
        add(mode)
    }

    mutating func addNoAttributes() { add(UInt32(0)) }
}
