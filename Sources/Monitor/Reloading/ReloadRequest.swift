package import Configuration
import Foundation
import Journal

/// Asks the metricsd that runs on a state directory to read its configuration again, and waits for what became of it.
package struct ReloadRequest {
    /// The signal that asks. SIGHUP asks too, where no terminal could be meant (man 7 signal).
    package static let signal = SIGUSR2

    package struct Failure: Error, CustomStringConvertible {
        /// One line with the mend.
        package let description: String
    }

    private let stateDirectory: String

    package init(_ configuration: ServerConfiguration) {
        stateDirectory = configuration.stateDirectory
    }

    /// Blocks until it has answered, at most for `patience`.
    ///
    /// - Throws: `Failure` when none runs there, or it does not answer; `JournalError`.
    package func send(patience: Duration = .seconds(60)) throws -> ReloadOutcome {
        let path = "\(stateDirectory)/\(Journal.fileName)"
        // Who may not look into the directory does not see that one runs either: opening the journal says so.
        if access(path, R_OK) != 0, errno == EACCES { _ = try Journal(readingAt: path) }
        guard case .running(let owner) = StateDirectoryLock.owner(of: stateDirectory) else {
            throw Failure(
                description:
                    "no metricsd runs on the state directory \(stateDirectory), so there is nothing to reload. "
                    + "Start it; where the state directory was changed in the file, restart it."
            )
        }
        let journal = try Journal(readingAt: path)
        guard let owner, let before = try last(in: journal), before.processIdentifier == owner else {
            throw Failure(
                description:
                    "the metricsd that runs on \(stateDirectory) does not know how to reload: it is just starting, "
                    + "or of an earlier version. Try again in a second, or restart it."
            )
        }
        guard kill(owner, Self.signal) == 0 else {
            let reason = String(cString: strerror(errno))
            throw Failure(
                description:
                    "metricsd (pid \(owner)) cannot be asked to reload: \(reason). Run this as root, or as the "
                    + "user that metricsd runs as."
            )
        }
        let end = ContinuousClock.now + patience
        while ContinuousClock.now < end {
            if let outcome = try last(in: journal), outcome.processIdentifier == owner, outcome.number > before.begun {
                return outcome
            }
            // Another process writes it, and has no way to tell.
            usleep(50_000)
        }
        throw Failure(
            description:
                "metricsd (pid \(owner)) has not answered within \(patience.components.seconds) s. Its log tells "
                + "what it waits for; a full disk under \(stateDirectory) would be one reason."
        )
    }

    private func last(in journal: Journal) throws -> ReloadOutcome? {
        guard let text = try journal.metadata(.lastReload) else { return nil }
        return try? JSONDecoder().decode(ReloadOutcome.self, from: Data(text.utf8))
    }
}
