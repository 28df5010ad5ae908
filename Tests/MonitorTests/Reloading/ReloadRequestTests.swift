import Configuration
import Dispatch
import Foundation
import Journal
import TestServers
import Testing

@testable import Monitor

/// Who asks for a reload, against a metricsd that this test plays. Nothing else in the tests' process has this signal.
struct ReloadRequestTests {
    private let folder: TestFolder
    private let configuration: ServerConfiguration
    private let journal: Journal
    private let lock: StateDirectoryLock

    init() throws {
        folder = try TestFolder("reload")
        configuration = try ServerConfiguration.load(
            try folder.file(
                "server_config.xml",
                """
                <metricsd><state directory="\(folder.path)/state"/><host name="web-1" address="127.0.0.1"/></metricsd>
                """
            )
        )
        try FileManager.default.createDirectory(atPath: "\(folder.path)/state", withIntermediateDirectories: false)
        lock = try StateDirectoryLock(directory: "\(folder.path)/state")
        journal = try Journal(at: "\(folder.path)/state/\(Journal.fileName)")
    }

    private func tell(_ number: Int, begun: Int) throws {
        var outcome = ReloadOutcome(processIdentifier: getpid(), number: number, file: configuration.file, at: .now)
        outcome.begun = begun
        try journal.setMetadata(.lastReload, to: String(decoding: JSONEncoder().encode(outcome), as: UTF8.self))
    }

    /// Whether the file was read before or after it was saved nobody knows then.
    @Test func aReloadThatRanAlreadyAnswersNobodyWhoAsksLater() throws {
        signal(ReloadRequest.signal, SIG_IGN)
        let asked = DispatchSource.makeSignalSource(signal: ReloadRequest.signal)
        defer { asked.cancel() }
        try tell(4, begun: 5)
        asked.setEventHandler { try? tell(5, begun: 5) }
        asked.resume()
        let request = ReloadRequest(configuration)
        let error = #expect(throws: ReloadRequest.Failure.self) { _ = try request.send(patience: .seconds(1)) }
        #expect(error?.description.contains("has not answered within 1 s") == true)
        #expect(try journal.metadata(.lastReload)?.contains("\"number\":5") == true)

        asked.setEventHandler { try? tell(6, begun: 6) }
        #expect(try request.send().number == 6)
        _ = lock
    }
}
