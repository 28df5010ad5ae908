import Foundation
import Synchronization

/// A server that a test starts: ended by its process id when the value goes.
///
/// Its standard output and error go to a log file that the failure message quotes.
package final class TestProcess: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) {
            self.description = description
        }
    }

    package let processIdentifier: Int32
    package let log: String
    private let hasEnded = Mutex(false)

    /// - Parameters:
    ///   - package: the Debian package that brings the program, named when it is missing.
    package init(
        _ program: String,
        _ arguments: [String],
        package: String,
        environment: [String: String] = [:],
        log: String
    ) throws {
        guard let executable = TestProcess.locate(program) else {
            throw Failure(description: "\(program) is not installed; apt-get install \(package)")
        }
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        processIdentifier = try SpawnedProcess.start(
            executable,
            arguments,
            environment: environment,
            output: log
        )
        self.log = log
    }

    deinit { stop() }

    package var isRunning: Bool { hasEnded.withLock { !SpawnedProcess.hasEnded(processIdentifier, &$0) } }

    /// Sends a signal without waiting, e.g. `SIGSTOP`.
    package func signal(_ number: Int32) {
        kill(processIdentifier, number)
    }

    /// SIGTERM, then SIGKILL after five seconds; returns when the process is gone.
    package func stop(with number: Int32 = SIGTERM) {
        hasEnded.withLock { hasEnded in
            guard !SpawnedProcess.hasEnded(processIdentifier, &hasEnded) else { return }
            kill(processIdentifier, SIGCONT)
            kill(processIdentifier, number)
            let end = ContinuousClock.now + .seconds(5)
            while !SpawnedProcess.hasEnded(processIdentifier, &hasEnded) {
                if ContinuousClock.now > end { kill(processIdentifier, SIGKILL) }
                usleep(2_000)
            }
        }
    }

    /// Polls a condition that the server fulfils once it listens; the failure quotes its log.
    package func waitUntilReady(
        seconds: Double = 20,
        _ what: String,
        _ condition: () throws -> Bool
    ) throws {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        while try !condition() {
            guard isRunning, clock.now < end else {
                let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
                throw Failure(description: "\(what) did not become ready: \(text.suffix(2_000))")
            }
            usleep(10_000)
        }
    }

    package static func locate(_ program: String) -> String? {
        if program.hasPrefix("/") { return FileManager.default.isExecutableFile(atPath: program) ? program : nil }
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "") + ":/usr/sbin:/sbin:/usr/local/sbin"
        return path.split(separator: ":").map { "\($0)/\(program)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
