import Configuration
import LogBatches
import SSH

/// The receiving side of a delivery while it is connected. Belongs to one thread.
final class Receiver {
    let settings: DeliverySettings
    let session: SSHSession
    let sftp: SFTPSession
    var abilities: ReceiverAbilities
    /// The connection did not survive a first command.
    var diedOfCommand = false
    /// What is asked for over this one delays nothing over the other; nil until it was needed.
    var second: SFTPSession?

    /// Connects, logs in, starts SFTP and looks for the directory; blocks at most for three times the target's timeout.
    /// - Parameters:
    ///   - abilities: what was found out about the receiver before.
    ///   - observer: is told each step of the way to the login, and how long it took.
    init(
        connectingTo settings: DeliverySettings,
        interrupt: Interrupt,
        abilities: ReceiverAbilities = ReceiverAbilities(),
        observer: ((SSHError.Step, Duration) -> Void)? = nil
    ) throws {
        self.settings = settings
        self.abilities = abilities
        diedOfCommand = abilities.runsCommands == false
        session = try SSHSession(connectingTo: settings.target, interrupt: interrupt, observer: observer)
        sftp = try SFTPSession(over: session)
    }

    /// What the next connection is to know. What was refused is asked for again: somebody may have mended it.
    var lastingAbilities: ReceiverAbilities {
        ReceiverAbilities(
            runsCommands: diedOfCommand ? false : nil,
            servesSecondSFTP: abilities.servesSecondSFTP
        )
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
