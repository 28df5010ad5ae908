import Database
import Foundation
import Journal
import Logging
import TestServers
import Testing
import Wire

@testable import Monitor

/// Rows that the database will never take, made by a trigger of a real server.
struct RefusedRowsTests {
    private let folder: TestFolder
    private let server: MariaDBServer
    private let journal: Journal
    private let log = LogSink()

    init() throws {
        folder = try TestFolder("refused")
        server = try MariaDBServer()
        journal = try Journal(at: "\(folder.path)/journal.sqlite")
        let settings = DatabaseSettings(socket: server.socket, name: MariaDBServer.database, user: "root")
        _ = try Schema.apply(try MySQLConnection(settings))
        _ = try server.client(
            ["metricsd"],
            input: """
                DELIMITER //
                CREATE TRIGGER refuse BEFORE INSERT ON samples FOR EACH ROW
                BEGIN IF NEW.value = 13 THEN SIGNAL SQLSTATE '22003' SET MESSAGE_TEXT = 'out of range'; END IF; END //
                """
        )
    }

    private func commit(_ values: [Double]) throws {
        for (number, value) in values.enumerated() {
            var batch = RecordBatch(metricNames: ["load1"])
            batch.add(
                [Sample(metric: 0, value: value)],
                host: "web-1",
                collectedAt: Timestamp(milliseconds: 1_795_000_000_000 + Int64(number) * 1_000),
                numbers: [0]
            )
            try journal.commit(
                JournalGroup(createdAt: .now, records: [JournalRecord(kind: RecordBatch.kind, payload: batch.payload)])
            )
        }
    }

    private func drain(within limit: Duration) {
        let signal = DrainSignal()
        signal.finish(by: .now + limit)
        let logger = Logger(label: "test") { [log] _ in LogfmtHandler(write: log.write) }
        DatabaseDrain(
            target: .server(DatabaseSettings(socket: server.socket, name: MariaDBServer.database, user: "root")),
            journal: journal,
            signal: signal,
            logger: logger,
            commands: [],
            asideFolder: "\(folder.path)/set-aside"
        ).run(endingServerWithin: .zero)
    }

    private func values() throws -> [String] {
        try server.client(
            ["--skip-column-names", "metricsd"],
            input: "SELECT value FROM samples ORDER BY collected_at"
        )
        .split(separator: "\n").map(String.init)
    }

    @Test func oneRefusedRecordIsSetAsideAndHoldsUpNothing() throws {
        try commit([1, 13, 3])
        drain(within: .seconds(30))
        #expect(try values() == ["1", "3"])
        #expect(try journal.backlog().count == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/set-aside").count == 1)
        #expect(log.lines(with: "critical", "out of range", "set-aside/record-").count == 1)
    }

    @Test func anUnreadableRecordIsSetAsideOrStaysInTheJournal() throws {
        try commit([1])
        let damaged: [UInt8] = [255, 255, 255]
        try journal.commit(
            JournalGroup(createdAt: .now, records: [JournalRecord(kind: RecordBatch.kind, payload: damaged)])
        )
        // A file where the folder should be: nothing can be set aside.
        try folder.file("set-aside", "")
        drain(within: .seconds(2))
        #expect(try journal.backlog().count == 2)

        try FileManager.default.removeItem(atPath: "\(folder.path)/set-aside")
        drain(within: .seconds(30))
        #expect(try journal.backlog().count == 0)
        #expect(try values() == ["1"])
        let kept = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/set-aside")
        #expect(FileManager.default.contents(atPath: "\(folder.path)/set-aside/\(kept[0])") == Data(damaged))
    }

    @Test func aColumnThatIsRenamedIsWaitedFor() throws {
        try commit([1, 2, 3])
        _ = try server.client(["metricsd"], input: "ALTER TABLE samples RENAME COLUMN value TO reading")
        drain(within: .seconds(2))
        #expect(try journal.backlog().count == 3)
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/set-aside"))
        #expect(log.lines(with: "error", "Unknown column").count == 1)

        _ = try server.client(["metricsd"], input: "ALTER TABLE samples RENAME COLUMN reading TO value")
        drain(within: .seconds(30))
        #expect(try journal.backlog().count == 0)
        #expect(try values() == ["1", "2", "3"])
    }

    @Test func whenNothingIsTakenNothingIsSetAside() throws {
        try commit([13, 13])
        drain(within: .seconds(3))
        #expect(try journal.backlog().count == 2)
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/set-aside"))
        #expect(!log.lines(with: "error", "out of range").isEmpty)
    }
}
