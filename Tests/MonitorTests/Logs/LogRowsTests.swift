import Foundation
import TestServers
import Testing

@testable import Monitor

/// From lines that are appended on a real host to rows in MySQL.
@Suite(.serialized)
struct LogRowsTests {
    private func fleet(_ inner: String = "", attributes: String = "start=\"beginning\"") throws -> Fleet {
        try Fleet(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT">
              <log name="access" path="$FOLDER/access.log" interval="1s" \(attributes)>\(inner)</log>
            </host>
            """
        )
    }

    private func log(of fleet: Fleet) throws -> NumberedLog {
        try NumberedLog("\(fleet.folder.path)/access.log")
    }

    private static let hits = "SELECT COALESCE(SUM(hits), 0) FROM traffic"

    @Test func appendedLinesBecomeTrafficAndSections() throws {
        let fleet = try fleet()
        let log = try log(of: fleet)
        log.append(3, path: "/api/user?id=1")
        log.append(2, path: "/")
        try fleet.start()
        try fleet.rows(Self.hits) { $0 == ["5"] }
        log.append(4, path: "/api/cart")
        log.append("GET / HTTP/1.1 is no line of an access log\n")
        try fleet.rows("SELECT SUM(hits), SUM(unread) FROM traffic") { $0 == ["9\t1"] }
        #expect(
            try fleet.rows(
                "SELECT section, SUM(hits) FROM traffic_sections GROUP BY section ORDER BY section"
            ) == ["/\t2", "/api\t7"]
        )
        #expect(
            try fleet.rows("SELECT SUM(bytes), SUM(status_2xx), SUM(status_5xx), MAX(clients) > 0 FROM traffic")
                == ["\(9 * 512)\t9\t0\t1"]
        )
        // Windows are ten seconds of the lines' own time.
        #expect(
            try fleet.rows(
                """
                SELECT COUNT(*) FROM traffic t JOIN hosts h USING (host_id) WHERE h.name = 'web-1'
                AND log_name = 'access' AND MOD(UNIX_TIMESTAMP(window_start), 10) = 0
                AND ABS(TIMESTAMPDIFF(SECOND, window_start, UTC_TIMESTAMP())) < 120
                """
            ) == fleet.rows("SELECT COUNT(*) FROM traffic")
        )
    }

    @Test func whatWasThereBeforeIsNotReadUnlessAskedFor() throws {
        let fleet = try fleet(attributes: "")
        let log = try log(of: fleet)
        log.append(7)
        try fleet.start()
        try fleet.wait("the log to be followed") { !fleet.log.lines(with: "access.log", "followed").isEmpty }
        log.append(2)
        try fleet.rows(Self.hits) { $0 == ["2"] }
    }

    @Test func skippedLinesCountAsSkipped() throws {
        let fleet = try fleet("<skip path=\"/health*\"/><skip agent=\"*Probe*\"/>")
        let log = try log(of: fleet)
        log.append(3, path: "/healthz?full=1")
        log.append(2, agent: "LoadBalancerProbe/2")
        log.append(1)
        try fleet.start()
        try fleet.rows("SELECT SUM(hits), SUM(skipped) FROM traffic") { $0 == ["1\t5"] }
    }

    @Test func rotationsWhileItRunsAndWhileItIsDownLoseAndRepeatNothing() throws {
        let fleet = try fleet()
        let log = try log(of: fleet)
        log.append(10)
        try fleet.start()
        try fleet.rows(Self.hits) { $0 == ["10"] }
        log.append(5)
        try log.rotateByRename()
        log.append(5)
        try fleet.rows(Self.hits) { $0 == ["20"] }
        log.append(5)
        try log.rotateByCopy()
        log.append(5)
        try fleet.rows(Self.hits) { $0 == ["30"] }
        fleet.stop()
        // Two generations go by unseen.
        log.append(5)
        try log.rotateByRename()
        log.append(5)
        try log.rotateByRename()
        log.append(5)
        try fleet.start()
        try fleet.rows(Self.hits) { $0 == ["45"] }
        #expect(
            try fleet.rows(
                "SELECT COUNT(*), MAX(n) FROM (SELECT SUM(hits) n FROM traffic_sections GROUP BY section) s"
            ) == ["45\t1"]
        )
    }

    @Test func whileTheDatabaseIsAwayCountsWait() throws {
        let fleet = try fleet()
        let log = try log(of: fleet)
        log.append(4)
        try fleet.start()
        try fleet.rows(Self.hits) { $0 == ["4"] }
        fleet.database.signal(SIGSTOP)
        log.append(3)
        usleep(1_500_000)
        log.append(3)
        fleet.database.signal(SIGCONT)
        try fleet.rows(Self.hits) { $0 == ["10"] }
    }

    @Test func aLogThatCannotBeReadIsToldOnceWithTheMend() throws {
        let fleet = try Fleet(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT">
              <log name="gone" path="$FOLDER/gone.log" interval="1s"/>
              <log name="folder" path="$FOLDER" interval="1s"/>
              <log name="access" path="$FOLDER/access.log" interval="1s" start="beginning"/>
            </host>
            """
        )
        let log = try log(of: fleet)
        log.append(2)
        try fleet.start()
        try fleet.rows(Self.hits) { $0 == ["2"] }
        try fleet.wait("lines about both logs") {
            !fleet.log.lines(with: "gone.log").isEmpty && !fleet.log.lines(with: "log folder").isEmpty
        }
        log.append(2)
        try fleet.rows(Self.hits) { $0 == ["4"] }
        #expect(fleet.log.lines(with: "warning", "gone.log").count == 1, "\(fleet.log.text)")
        #expect(fleet.log.lines(with: "warning", "log folder").count == 1, "\(fleet.log.text)")

        // A file that comes later is read from its first line.
        let late = try NumberedLog("\(fleet.folder.path)/gone.log")
        late.append(3)
        try fleet.rows("SELECT SUM(hits) FROM traffic WHERE log_name = 'gone'") { $0 == ["3"] }
    }

    @Test func onceReadsTheLogsToTheirEnds() throws {
        let fleet = try fleet()
        let log = try log(of: fleet)
        log.append(2_000)
        try fleet.start(mode: .once)
        #expect(fleet.monitoring?.finishOnce() == true, "\(fleet.log.text)")
        #expect(try fleet.rows(Self.hits) == ["2000"])
        fleet.stop()
        log.append(3)
        try fleet.start(mode: .once)
        #expect(fleet.monitoring?.finishOnce() == true, "\(fleet.log.text)")
        #expect(try fleet.rows(Self.hits) == ["2003"])
    }
}
