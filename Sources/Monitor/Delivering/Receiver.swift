import Configuration
import LogBatches
import SSH

/// The receiving side of a delivery while it is connected. Belongs to one thread.
final class Receiver {
    /// So fast at least the receiver hashes a file.
    private static let hashedBytesPerSecond = 20_000_000

    let settings: DeliverySettings
    let session: SSHSession
    let sftp: SFTPSession
    /// Whether the receiver runs `openssl` or `sha256sum`; nil until it was asked. `internal-sftp` as a forced command does not.
    private(set) var runsCommands: Bool?
    /// The receiver was asked to hash a file, and the connection did not survive it.
    private(set) var diedOfCommand = false

    /// Connects, logs in, starts SFTP and looks for the directory; blocks at most for three times the target's timeout.
    /// - Parameters:
    ///   - runsCommands: false not to try whether the receiver does.
    ///   - observer: is told each step of the way to the login, and how long it took.
    init(
        connectingTo settings: DeliverySettings,
        interrupt: Interrupt,
        runsCommands: Bool? = nil,
        observer: ((SSHError.Step, Duration) -> Void)? = nil
    ) throws {
        self.settings = settings
        self.runsCommands = runsCommands
        session = try SSHSession(connectingTo: settings.target, interrupt: interrupt, observer: observer)
        sftp = try SFTPSession(over: session)
    }

    func close() {
        sftp.close()
        session.close()
    }

    /// Throws where the directory is not there: made by hand, because one that is missing is usually one that is not
    /// mounted.
    func checkDirectory() throws {
        let found = try sftp.attributes(of: directory)
        if found == nil { throw DeliveryFailure(settings, "the directory \(directory) is not there", Self.mend) }
        if found?.isDirectory == false {
            throw DeliveryFailure(settings, "\(directory) is no directory", Self.mend)
        }
    }

    private static let mend = "Make it on the receiver, mount it, or mend the path in the delivery's server"

    private var directory: String { settings.directory.isEmpty ? "." : settings.directory }

    /// Where a file of this name is stored.
    func path(_ name: String) -> String {
        settings.directory == "/" ? "/\(name)" : "\(directory)/\(name)"
    }

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
        if isSame, runsCommands == true { runsCommands = false }
        return isSame
    }

    /// SHA-256 as the receiver computes it; nil where it does not.
    func hash(of path: String, byteCount: UInt64) throws(SSHError) -> String? {
        guard runsCommands != false else { return nil }
        let word = SSHSession.quoted(path)
        let seconds = Int(byteCount) / Self.hashedBytesPerSecond
        let result: CommandResult
        do throws(SSHError) {
            result = try session.run(
                // openssl uses the processor's instructions: five times as fast as coreutils.
                "openssl sha256 -r <\(word) || sha256sum <\(word) || shasum -a 256 <\(word)",
                outputLimit: 4_096,
                deadline: .now + settings.target.timeout + .seconds(seconds)
            )
        } catch {
            switch error.kind {
            case .commandRefused, .channelRefused:
                runsCommands = false
                return nil
            default:
                diedOfCommand = error.kind != .interrupted
                throw error
            }
        }
        let hash = result.outputText.prefix { $0 != " " && $0 != "\n" }
        guard result.succeeded, hash.utf8.count == 64, hash.allSatisfy(\.isHexDigit) else {
            runsCommands = false
            return nil
        }
        runsCommands = true
        return hash.lowercased()
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

extension SSHError {
    /// Whether the receiver answered, and said no: what was asked for was not done.
    var isAnswer: Bool {
        guard step == .files else { return false }
        return switch kind {
        case .noSuchFile, .fileExists, .permissionDenied, .unsupported, .requestFailed, .diskFull: true
        default: false
        }
    }
}

/// What is wrong on the receiver, or with what it did, beyond what SFTP says.
struct DeliveryFailure: Error, CustomStringConvertible {
    /// One line with the mend.
    let description: String
    /// The same for all failures of a kind.
    let mend: String

    /// - Parameters: without full stops.
    init(_ settings: DeliverySettings, _ cause: String, _ mend: String) {
        self.mend = mend
        description = "\(settings.name): \(cause) at \(settings.target.address):\(settings.target.port). \(mend)."
    }
}
