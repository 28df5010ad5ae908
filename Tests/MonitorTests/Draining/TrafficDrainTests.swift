import Database
import Foundation
import Journal
import Logging
import TestServers
import Testing
import Wire

@testable import Monitor

/// What goes through journal and drain is in the database once, whatever happens on the way.
struct TrafficDrainTests {
    private let folder: TestFolder
    private let server: MariaDBServer
    private let log = LogSink()

    private var path: String { "\(folder.path)/journal.sqlite" }

    init() throws {
        folder = try TestFolder("traffic")
        server = try MariaDBServer()
    }

    private func settings(_ socket: String? = nil) -> DatabaseSettings {
        DatabaseSettings(socket: socket ?? server.socket, name: MariaDBServer.database, user: "root")
    }

    /// A group with one hit more in one window; the number makes its time differ from all others.
    private func commit(_ number: Int, to journal: Journal, value: Double? = nil) throws {
        var batch = RecordBatch(metricNames: ["load1"])
        let time = Timestamp(milliseconds: 1_795_000_000_000 + Int64(number))
        if let value { batch.add([Sample(metric: 0, value: value)], host: "web-1", collectedAt: time, numbers: [0]) }
        batch.add(
            TrafficRow(
                host: "web-1",
                log: "access",
                windowStart: Timestamp(milliseconds: 1_795_000_000_000),
                hits: 1,
                sections: [TrafficRow.Section(name: "/", hits: 1)]
            )
        )
        try journal.commit(
            JournalGroup(createdAt: time, records: [JournalRecord(kind: RecordBatch.kind, payload: batch.payload)])
        )
    }

    private func drain(_ journal: Journal, through socket: String? = nil, within limit: Duration = .seconds(30)) {
        let signal = DrainSignal()
        signal.finish(by: .now + limit)
        DatabaseDrain(
            target: .server(settings(socket)),
            journal: journal,
            signal: signal,
            logger: Logger(label: "test") { [log] _ in LogfmtHandler(write: log.write) },
            commands: [],
            asideFolder: "\(folder.path)/set-aside"
        ).run(endingServerWithin: .zero)
    }

    private func hits() throws -> [Int?] {
        try server.client(
            ["--skip-column-names", "metricsd"],
            input: "SELECT SUM(hits) FROM traffic; SELECT SUM(hits) FROM traffic_sections"
        ).split(separator: "\n").map { Int($0) }
    }

    private var warnings: [String] { log.lines(with: "warning", "older copy") }

    @Test func connectionsThatBreakAtCommitsCountEachRequestOnce() throws {
        try Schema.apply(MySQLConnection(settings()))
        let journal = try Journal(at: path)
        // Single statements are committed without a COMMIT, so every one of these is a batch's.
        let cutter = try CommitCutter(to: server.socket, [.after, .before, .during, nil, .after, .during])
        for round in 0..<3 {
            for number in 0..<4 { try commit(round * 4 + number, to: journal) }
            drain(journal, through: cutter.socket)
            #expect(try hits() == [(round + 1) * 4, (round + 1) * 4])
        }
        #expect(try journal.backlog().count == 0)
        #expect(cutter.commitCount >= 6)
        #expect(warnings.isEmpty)
    }

    /// A crash between the commit in the database and the removal from the journal.
    @Test func aJournalThatDidNotLearnOfTheCommitKeepsItsId() throws {
        try {
            let journal = try Journal(at: path)
            drain(journal)
            for number in 1...3 { try commit(number, to: journal) }
        }()
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let id = try Journal(readingAt: path).identity()
        try drain(Journal(at: path))
        try before.write(to: URL(fileURLWithPath: path))
        let journal = try Journal(at: path)
        try commit(4, to: journal)
        drain(journal)
        #expect(try hits() == [4, 4])
        #expect(try journal.identity() == id)
        #expect(warnings.isEmpty)
    }

    /// - Parameter later: how many records it makes before it meets the database.
    @Test(arguments: [1, 2, 3, 9])
    func aJournalRestoredFromAnOlderCopySwallowsNothing(later: Int) throws {
        try {
            let journal = try Journal(at: path)
            try commit(1, to: journal)
            drain(journal)
        }()
        let copy = try Data(contentsOf: URL(fileURLWithPath: path))
        let id = try {
            let journal = try Journal(at: path)
            for number in 2...4 { try commit(number, to: journal) }
            drain(journal)
            return try journal.identity()
        }()
        try copy.write(to: URL(fileURLWithPath: path))
        let journal = try Journal(at: path)
        for number in 0..<later { try commit(100 + number, to: journal) }
        drain(journal)
        #expect(try hits() == [4 + later, 4 + later])
        #expect(try journal.backlog().count == 0)
        #expect(try journal.identity() != id)
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains(path) == true)
        // From then on it is a journal as any other.
        try commit(200, to: journal)
        drain(journal)
        #expect(try hits() == [5 + later, 5 + later])
        #expect(warnings.count == 1)
    }

    @Test func aRefusedRecordTakesNoCountsWithIt() throws {
        try Schema.apply(MySQLConnection(settings()))
        _ = try server.client(
            ["metricsd"],
            input: """
                DELIMITER //
                CREATE TRIGGER refuse BEFORE INSERT ON samples FOR EACH ROW
                BEGIN IF NEW.value = 13 THEN SIGNAL SQLSTATE '22003' SET MESSAGE_TEXT = 'out of range'; END IF; END //
                """
        )
        let journal = try Journal(at: path)
        for (number, value) in [1.0, 13, 3, 4].enumerated() { try commit(number, to: journal, value: value) }
        // The first attempt is refused before its commit. Then they go one by one, and the second commit is cut.
        let cutter = try CommitCutter(to: server.socket, [nil, .after])
        drain(journal, through: cutter.socket)
        #expect(try hits() == [4, 4])
        #expect(try journal.backlog().count == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/set-aside") == ["record-2"])
        #expect(try server.client(["-N", "metricsd"], input: "SELECT SUM(value) FROM samples") == "8\n")
    }

    /// While everything waits because nothing is taken, requests are counted, and not again once it is taken.
    @Test func whatWasCountedAheadIsNotCountedAgain() throws {
        try Schema.apply(MySQLConnection(settings()))
        let trigger = """
            CREATE TRIGGER refuse BEFORE INSERT ON samples FOR EACH ROW \
            SIGNAL SQLSTATE '22003' SET MESSAGE_TEXT = 'out of range';
            """
        _ = try server.client(["metricsd"], input: trigger)
        let journal = try Journal(at: path)
        for number in 1...2 { try commit(number, to: journal, value: 1) }
        drain(journal, within: .seconds(2))
        #expect(try journal.backlog().count == 2)
        #expect(try hits() == [2, 2])
        _ = try server.client(["metricsd"], input: "DROP TRIGGER refuse")
        try commit(3, to: journal, value: 1)
        drain(journal)
        #expect(try hits() == [3, 3])
        #expect(try journal.backlog().count == 0)
        #expect(try server.client(["-N", "metricsd"], input: "SELECT COUNT(*) FROM samples") == "3\n")
    }

    @Test func twoMetricsdOnOneDatabaseCountBoth() throws {
        let other = try TestFolder("traffic-other")
        let journals = try [path, "\(other.path)/journal.sqlite"].map { try Journal(at: $0) }
        for round in 1...3 {
            for journal in journals {
                for number in 1...2 { try commit(round * 10 + number, to: journal) }
                drain(journal)
            }
        }
        #expect(try hits() == [12, 12])
        #expect(
            try server.client(["-N", "metricsd"], input: "SELECT COUNT(*), MIN(last_record) FROM journal_positions")
                == "2\t6\n"
        )
        #expect(warnings.isEmpty)
    }

    /// Two metricsd that run with copies of one state directory at the same time.
    @Test func aCopiedJournalGetsAnIdOfItsOwn() throws {
        let other = try TestFolder("traffic-copy")
        try {
            let journal = try Journal(at: path)
            try commit(1, to: journal)
            drain(journal)
        }()
        try FileManager.default.copyItem(atPath: path, toPath: "\(other.path)/journal.sqlite")
        let journals = try [path, "\(other.path)/journal.sqlite"].map { try Journal(at: $0) }
        for round in 1...3 {
            for (place, journal) in journals.enumerated() {
                try commit(round * 10 + place, to: journal)
                drain(journal)
            }
        }
        #expect(try hits() == [7, 7])
        #expect(warnings.count == 1)
    }
}
