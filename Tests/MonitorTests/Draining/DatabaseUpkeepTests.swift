import Database
import Foundation
import Logging
import TestServers
import Testing
import Wire

@testable import Monitor

/// The thread that sums samples up, beside a real server.
struct DatabaseUpkeepTests {
    private let server: MariaDBServer
    private let settings: DatabaseSettings
    private let log = LogSink()

    init() throws {
        server = try MariaDBServer()
        settings = DatabaseSettings(socket: server.socket, name: MariaDBServer.database, user: "root")
    }

    private func upkeep(_ signal: DrainSignal, isOnce: Bool) -> DatabaseUpkeep {
        var logger = Logger(label: "test") { [log] _ in LogfmtHandler(write: log.write) }
        logger.logLevel = .debug
        return DatabaseUpkeep(
            settings: settings,
            retention: RetentionSettings(),
            signal: signal,
            logger: logger,
            isOnce: isOnce
        )
    }

    /// A value of two hours ago, and one of the year before last, whose sum by hour is past its time already.
    private func store() throws {
        let samples = [SeriesSample(metric: "load1", value: 3)]
        let now = Timestamp.now.milliseconds
        let polls = [7_200_000, 600 * 86_400_000].map {
            HostSamples(host: "web-1", collectedAt: Timestamp(milliseconds: now - $0), samples: samples)
        }
        try DatabaseWriter(try MySQLConnection(settings)).write(DatabaseBatch(samples: polls))
    }

    private func look(_ sql: String) throws -> String {
        try server.client(["--skip-column-names", "metricsd"], input: sql).trimmingCharacters(in: .newlines)
    }

    @Test func beginsWhenTheTablesAreThereAndEndsAtOnce() throws {
        let connection = try MySQLConnection(settings)
        try Schema.apply(connection)
        // Not whole until the value is there.
        try connection.execute("DROP VIEW open_alerts", operation: "test")
        let signal = DrainSignal()
        let thread = try NamedThread(name: "upkeep") { upkeep(signal, isOnce: false).run() }
        try store()
        try Schema.apply(connection)
        try log.wait(for: "samples are summed up")
        #expect(try look("SELECT COUNT(*), MAX(avg) FROM metric_values_hourly") == "1\t3")
        #expect(try look("SELECT COUNT(*) >= 1, MAX(avg) FROM metric_values_daily") == "1\t3")
        #expect(try look("SELECT MAX(count) FROM metric_values_daily") == "1")
        signal.finish(by: .now + .seconds(1))
        #expect(thread.join(until: .now + .seconds(2)))
        #expect(log.lines(with: "Z error ").isEmpty)
    }

    /// The hours before the first start are looked at, and there is nothing in them to tell of.
    @Test func onAnEmptyDatabaseNothingIsSaid() throws {
        try Schema.apply(try MySQLConnection(settings))
        upkeep(DrainSignal(), isOnce: true).run()
        #expect(log.text == "")
        #expect(try look("SELECT COUNT(*) FROM samples_hourly") == "0")
    }

    @Test func onceIsOnceAlsoWhenTheEndHasBegun() throws {
        try Schema.apply(try MySQLConnection(settings))
        try store()
        let signal = DrainSignal()
        signal.finish(by: .now + .seconds(30))
        upkeep(signal, isOnce: true).run()
        #expect(try look("SELECT COUNT(*) FROM samples_hourly") == "1")
    }

    @Test func aServerThatIsAwayIsTheDrainsToTell() throws {
        let signal = DrainSignal()
        server.stop()
        let thread = try NamedThread(name: "upkeep") { upkeep(signal, isOnce: false).run() }
        try log.wait(for: "debug", "not summed up")
        #expect(log.lines(with: "Z error ", "not summed up").isEmpty)
        signal.finish(by: .now)
        #expect(thread.join(until: .now + .seconds(2)))
    }
}
