import Configuration
import LogBatches
import SSH

/// What the receiver has, as it says itself, or as it is read back.
extension Receiver {
    /// So fast at least the receiver hashes a file.
    private static let hashedBytesPerSecond = 20_000_000

    /// Whether the file has this size and content; false where there is none.
    ///
    /// Hashed there where it runs commands; else read back.
    func holds(_ path: String, byteCount: UInt64, sha256: String?) throws(SSHError) -> Bool {
        guard let found = try sftp.attributes(of: path) else { return false }
        if let size = found.size, size != byteCount { return false }
        guard let sha256 else { return true }
        if try hash(of: path, byteCount: byteCount) == sha256 { return true }
        // Also where the hash is another: commands may see other files than SFTP does (a chroot of the one only).
        let isSame = try readBack(path, byteCount: byteCount) == sha256
        if isSame, abilities.runsCommands == true { abilities.runsCommands = false }
        return isSame
    }

    /// SHA-256 as the receiver computes it; nil where it does not.
    func hash(of path: String, byteCount: UInt64) throws(SSHError) -> String? {
        guard let hashing = try startHash(of: path) else { return nil }
        return try hash(from: hashing, byteCount: byteCount)
    }

    /// Makes the receiver hash a file, and does not wait for it; nil where it runs no commands, or none now.
    func startHash(of path: String) throws(SSHError) -> SSHChannel? {
        guard abilities.runsCommands != false else { return nil }
        let word = SSHSession.quoted(path)
        do throws(SSHError) {
            // openssl uses the processor's instructions: five times as fast as coreutils.
            return try session.startWithoutInput(
                "openssl sha256 -r <\(word) || sha256sum <\(word) || shasum -a 256 <\(word)"
            )
        } catch {
            switch error.kind {
            case .commandRefused: abilities.runsCommands = false
            // As many channels as it allows are open: perhaps not for long.
            case .channelRefused: break
            default: throw diedOfCommand(error)
            }
            return nil
        }
    }

    /// Blocks until the hash is there; nil where the receiver printed something else.
    func hash(from hashing: SSHChannel, byteCount: UInt64) throws(SSHError) -> String? {
        let seconds = Int(byteCount) / Self.hashedBytesPerSecond
        let result: CommandResult
        do throws(SSHError) {
            result = try hashing.result(
                outputLimit: 4_096,
                deadline: .now + settings.target.timeout + .seconds(seconds)
            )
        } catch {
            throw diedOfCommand(error)
        }
        let hash = result.outputText.prefix { $0 != " " && $0 != "\n" }
        let isHash = result.succeeded && hash.utf8.count == 64 && hash.allSatisfy(\.isHexDigit)
        abilities.runsCommands = isHash
        return isHash ? hash.lowercased() : nil
    }

    /// Finds out whether the receiver runs commands where that is not known yet: one that hangs or dies of them is to do so
    /// while nothing else is under way.
    func tryCommands() throws(SSHError) {
        if abilities.runsCommands == nil { _ = try hash(of: "/dev/null", byteCount: 0) }
    }

    /// Opens a file a second time, over an SFTP of its own: what is asked for there delays nothing here. nil where the
    /// receiver does not let us.
    func openBeside(_ path: String) throws(SSHError) -> SFTPFile? {
        do throws(SSHError) {
            return try secondSFTP()?.openForWriting(path)
        } catch {
            guard error.isAnswer else { throw error }
            return nil
        }
    }

    private func secondSFTP() throws(SSHError) -> SFTPSession? {
        if let second { return second }
        guard abilities.servesSecondSFTP != false else { return nil }
        // Also where the connection does not survive it.
        abilities.servesSecondSFTP = false
        do throws(SSHError) {
            second = try SFTPSession(over: session)
        } catch {
            guard error.kind == .channelRefused || error.kind == .unsupported, session.isUsable else { throw error }
            return nil
        }
        abilities.servesSecondSFTP = true
        return second
    }

    /// The same error. A receiver that hangs when it is to run a command, or dies of the first one, is not asked again.
    private func diedOfCommand(_ error: SSHError) -> SSHError {
        if error.kind == .timedOut || error.kind != .interrupted && abilities.runsCommands == nil {
            diedOfCommand = true
        }
        return error
    }

    /// Not beyond the byte behind the last, which tells that the file is another.
    private func readBack(_ path: String, byteCount: UInt64) throws(SSHError) -> String {
        let file = try sftp.open(path)
        var hash = RunningHash()
        try file.read(limit: byteCount &+ 1) { bytes in bytes.withUnsafeBytes { hash.update($0) } }
        try file.close()
        return hash.hexadecimal
    }
}
