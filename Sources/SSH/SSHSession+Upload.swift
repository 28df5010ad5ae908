import CLibSSH2
import Glibc

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
        if try hasSFTP(until: deadline), let transfer = try SFTPTransfer(self, until: deadline) {
            try transfer.store(contents, temporary, path, mode)
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
private struct SFTPTransfer {
    /// What libssh2 sends in one request (MAX_SFTP_OUTGOING_SIZE).
    private static let packetSize = 30_000

    private let session: SSHSession
    private let sftp: OpaquePointer
    private let deadline: ContinuousClock.Instant

    /// nil where the server has no SFTP.
    init?(_ session: SSHSession, until deadline: ContinuousClock.Instant) throws(SSHError) {
        session.freeOrphans()
        let sftp = try session.repeating(.upload, until: deadline) { libssh2_sftp_init($0) }
        guard let sftp else {
            let code = session.pointer.map { libssh2_session_last_errno($0) } ?? 0
            switch code {
            case LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED, LIBSSH2_ERROR_CHANNEL_FAILURE, LIBSSH2_ERROR_SFTP_PROTOCOL,
                LIBSSH2_ERROR_CHANNEL_CLOSED, LIBSSH2_ERROR_CHANNEL_EOF_SENT, LIBSSH2_ERROR_PROTO:
                return nil
            default:
                throw session.error(.upload, Int(code))
            }
        }
        self.session = session
        self.sftp = sftp
        self.deadline = deadline
    }

    func store(_ contents: [UInt8], _ temporary: String, _ path: String, _ mode: Int) throws(SSHError) {
        do throws(SSHError) {
            try write(contents, temporary, path, mode)
            try rename(temporary, path)
        } catch {
            if session.isUsable {
                _ = try? call { Int(libssh2_sftp_unlink_ex(sftp, temporary, UInt32(temporary.utf8.count))) }
                end()
            }
            throw error
        }
        end()
    }

    private func write(
        _ contents: [UInt8],
        _ temporary: String,
        _ path: String,
        _ mode: Int
    ) throws(SSHError) {
        let flags = UInt(LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_EXCL)
        let handle = try session.repeating(.upload, until: deadline) { _ in
            libssh2_sftp_open_ex(
                sftp,
                temporary,
                UInt32(temporary.utf8.count),
                flags,
                0o600,
                CInt(LIBSSH2_SFTP_OPENFILE)
            )
        }
        guard let handle else { throw failure("creating", contents.count, path) }
        do throws(SSHError) {
            var offset = 0
            while offset < contents.count {
                // One packet at a time: after a refusal libssh2 forgets the packets behind it, the one that it has
                // sent half of included, and the server would take the next request for the rest of that.
                let length = min(contents.count - offset, SFTPTransfer.packetSize)
                let count = try call {
                    contents.withUnsafeBytes { raw in
                        libssh2_sftp_write(
                            handle,
                            raw.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self),
                            length
                        )
                    }
                }
                guard count >= 0 else { throw failure("writing", contents.count, path) }
                offset += count
            }
            var attributes = LIBSSH2_SFTP_ATTRIBUTES()
            guard try call({ Int(libssh2_sftp_fstat_ex(handle, &attributes, 0)) }) == 0 else {
                throw failure("checking", contents.count, path)
            }
            guard Int(attributes.filesize) == contents.count else {
                throw SSHError(
                    session.target,
                    .upload,
                    .uploadRefused,
                    detail: "\(path) has \(attributes.filesize) bytes instead of \(contents.count)"
                )
            }
            attributes = LIBSSH2_SFTP_ATTRIBUTES()
            attributes.flags = UInt(LIBSSH2_SFTP_ATTR_PERMISSIONS)
            attributes.permissions = UInt(mode)
            guard try call({ Int(libssh2_sftp_fstat_ex(handle, &attributes, 1)) }) == 0 else {
                throw failure("setting the mode of", 0, path)
            }
        } catch {
            if session.isUsable { _ = try? call { Int(libssh2_sftp_close_handle(handle)) } }
            throw error
        }
        guard try call({ Int(libssh2_sftp_close_handle(handle)) }) == 0 else {
            throw failure("closing", contents.count, path)
        }
    }

    /// SFTP version 3 renames only to free names, and libssh2 1.10 knows no other rename. `mv` replaces at once: somebody
    /// who is about to start the old file finds one or the other. Without a shell the old file goes first.
    private func rename(_ temporary: String, _ path: String) throws(SSHError) {
        if try renameOnce(temporary, path) { return }
        let words = ["mv", "-f", "--", temporary, path]
        let moved = try? session.run(words.map(SSHSession.quoted).joined(separator: " "), deadline: deadline)
        if moved?.succeeded == true { return }
        _ = try call { Int(libssh2_sftp_unlink_ex(sftp, path, UInt32(path.utf8.count))) }
        if try renameOnce(temporary, path) { return }
        throw failure("renaming to", 0, path)
    }

    private func renameOnce(_ temporary: String, _ path: String) throws(SSHError) -> Bool {
        let flags = LIBSSH2_SFTP_RENAME_OVERWRITE | LIBSSH2_SFTP_RENAME_ATOMIC | LIBSSH2_SFTP_RENAME_NATIVE
        let code = try call {
            Int(
                libssh2_sftp_rename_ex(
                    sftp,
                    temporary,
                    UInt32(temporary.utf8.count),
                    path,
                    UInt32(path.utf8.count),
                    CLong(flags)
                )
            )
        }
        return code == 0
    }

    /// Runs a nonblocking call to its end; throws unless it succeeded or the server refused in the protocol's own way.
    private func call(_ body: () -> Int) throws(SSHError) -> Int {
        let code = try session.repeating(.upload, until: deadline) { _ in body() }
        if code < 0, code != Int(LIBSSH2_ERROR_SFTP_PROTOCOL) { throw session.error(.upload, code) }
        return code
    }

    private func end() {
        _ = try? session.repeating(.upload, until: min(deadline, .now + .seconds(2))) { _ in
            Int(libssh2_sftp_shutdown(sftp))
        }
    }

    /// Why the server refused. The temporary name differs each time; without it the same failure reads the same.
    /// OpenSSH says "failure" for most things, a full disk among them: then the file system
    /// is asked for its free space.
    private func failure(_ what: String, _ needed: Int, _ file: String) -> SSHError {
        let code = Int(libssh2_sftp_last_error(sftp))
        let folder = file.lastIndex(of: "/").map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
        let names = [
            2: "no such file or folder", 3: "permission denied", 4: "failure", 8: "operation unsupported",
            11: "file already exists", 12: "write protected", 14: "no space left", 15: "quota exceeded",
        ]
        let isFull = code == 14 || code == 15 || (code == 4 && needed > 0 && hasNoRoom(folder, needed))
        return SSHError(
            session.target,
            .upload,
            isFull ? .diskFull : .uploadRefused,
            code: code,
            libraryText: "SFTP: \(names[code] ?? "status \(code)")",
            detail: "\(what) \(file)"
        )
    }

    private func hasNoRoom(_ folder: String, _ needed: Int) -> Bool {
        var status = LIBSSH2_SFTP_STATVFS()
        let code = try? call { Int(libssh2_sftp_statvfs(sftp, folder, folder.utf8.count, &status)) }
        guard code == 0 else { return false }
        return Int(clamping: status.f_bavail) < needed / max(1, Int(clamping: status.f_frsize)) + 1
            || (status.f_files > 0 && status.f_favail == 0)
    }
}
