extension SSHSession {
    /// Stores a file: written under a temporary name beside it, its size checked, its mode set, then renamed over
    /// whatever has the name. By SFTP, and through `cat` where the server has no SFTP.
    /// - Parameters:
    ///   - path: absolute, or relative to the login directory; its folder must exist.
    ///   - mode: permission bits, e.g. 0o700.
    @available(*, noasync)
    package func upload(
        _ contents: [UInt8],
        to path: String,
        mode: Int = 0o600,
        deadline: ContinuousClock.Instant? = nil
    ) throws(SSHError) {
        let deadline = deadline ?? .now + target.timeout
        let temporary = "\(path).\(SSHSession.randomName()).part"
        if let upload = try SFTPUpload(self, path, temporary, until: deadline) {
            try upload.store(contents, mode)
        } else {
            try storeThroughCommand(contents, temporary, path, mode, until: deadline)
        }
    }

    /// Needs of the host: a POSIX shell, cat, wc, chmod and mv.
    private func storeThroughCommand(
        _ contents: [UInt8],
        _ temporary: String,
        _ path: String,
        _ mode: Int,
        until deadline: ContinuousClock.Instant
    ) throws(SSHError) {
        let script =
            #"umask 077; cat >"$1" && test "$(wc -c <"$1")" -eq "$3" && chmod "$4" "$1" && mv -f "$1" "$2" && exit; "#
            + #"s=$?; rm -f "$1"; exit $s"#
        let arguments = [temporary, path, String(contents.count), String(mode, radix: 8)]
        let command = (["sh", "-c", script, "sh"] + arguments).map(SSHSession.quoted).joined(separator: " ")
        let result: CommandResult
        do throws(SSHError) {
            result = try run(command, input: contents, outputLimit: 4_096, deadline: deadline)
        } catch {
            // The step that the caller asked for is the upload.
            throw SSHError(
                target,
                .upload,
                error.kind,
                code: error.code,
                libraryText: error.libraryText,
                detail: error.detail.isEmpty ? path : "\(path): \(error.detail)"
            )
        }
        guard !result.succeeded else { return }
        // The temporary name differs each time; without it the same failure reads the same.
        let said = SSHSession.printable(result.standardError, limit: 400).replacing(temporary, with: path)
        let isFull = said.contains("No space left") || said.contains("quota exceeded")
        throw SSHError(
            target,
            .upload,
            isFull ? .diskFull : .uploadRefused,
            libraryText: said,
            detail: "\(path), through cat: \(result.exit)"
        )
    }

    /// A word for a POSIX shell; csh and fish read it alike as long as it has no `!`.
    package static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    static func randomName() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(generator.next() as UInt64, radix: 16)
    }
}

/// One upload by SFTP. The subsystem is started for it and ended with it: it keeps a process on the host.
private struct SFTPUpload {
    private let sftp: SFTPSession
    private let path: String
    private let temporary: String
    private let deadline: ContinuousClock.Instant

    /// nil where the server has no SFTP.
    init?(
        _ session: SSHSession,
        _ path: String,
        _ temporary: String,
        until deadline: ContinuousClock.Instant
    ) throws(SSHError) {
        do throws(SSHError) {
            sftp = try SFTPSession(over: session, deadline: deadline)
        } catch {
            if error.kind == .unsupported { return nil }
            throw SFTPUpload.told(error, session.target, path, temporary)
        }
        self.path = path
        self.temporary = temporary
        self.deadline = deadline
    }

    func store(_ contents: [UInt8], _ mode: Int) throws(SSHError) {
        do throws(SSHError) {
            try write(contents, mode)
            try rename()
        } catch {
            if sftp.session.isUsable {
                _ = try? sftp.remove(temporary, deadline: deadline)
                sftp.close()
            }
            throw SFTPUpload.told(error, sftp.session.target, path, temporary)
        }
        sftp.close()
    }

    private func write(_ contents: [UInt8], _ mode: Int) throws(SSHError) {
        let file = try sftp.create(temporary, mode: 0o600, exclusively: true, deadline: deadline)
        defer { file.discard() }
        try file.write(contents, deadline: deadline)
        try file.finishWriting(deadline: deadline)
        let size = try file.attributes(deadline: deadline).size
        guard size == UInt64(contents.count) else {
            throw sftp.failure(
                .requestFailed,
                "\(path) has \(size.map(String.init) ?? "unknown") bytes instead of \(contents.count)"
            )
        }
        try file.setPermissions(UInt32(mode), deadline: deadline)
        try file.close(deadline: deadline)
    }

    /// Replaces at once, by SFTP or by `mv`: somebody who is about to start the old file finds one or the other. Where
    /// neither can be had the old file goes first.
    private func rename() throws(SSHError) {
        do throws(SSHError) {
            return try sftp.replace(path, with: temporary, deadline: deadline)
        } catch {
            guard error.kind == .unsupported else { throw error }
        }
        let words = ["mv", "-f", "--", temporary, path]
        let command = words.map(SSHSession.quoted).joined(separator: " ")
        let moved = try? sftp.session.run(command, deadline: deadline)
        if moved?.succeeded == true { return }
        try sftp.remove(path, deadline: deadline)
        try sftp.rename(temporary, to: path, deadline: deadline)
    }

    /// As an error of the upload, which is the step that the caller asked for. The temporary name differs each time;
    /// without it the same failure reads the same.
    private static func told(_ error: SSHError, _ target: SSHTarget, _ path: String, _ temporary: String) -> SSHError {
        let kind: SSHError.Kind =
            switch error.kind {
            case .noSuchFile, .fileExists, .permissionDenied, .unsupported, .requestFailed: .uploadRefused
            default: error.kind
            }
        let cause = kind == error.kind ? "" : error.cause
        return SSHError(
            target,
            .upload,
            kind,
            code: error.code,
            libraryText: [cause, error.libraryText].filter { !$0.isEmpty }.joined(separator: ": "),
            detail: error.detail.replacing(temporary, with: path)
        )
    }
}
