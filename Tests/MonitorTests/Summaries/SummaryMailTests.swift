import Alerts
import Configuration
import Database
import Foundation
import Journal
import LogBatches
import Logging
import Mail
import Synchronization
import TestServers
import Testing
import Wire

@testable import Monitor

/// From the journal to a mail at a real SMTP server, with the numbers that a real database gives.
struct SummaryMailTests {
    private final class Hours: Sendable {
        /// 2026-11-20 10:20 UTC
        let now = Mutex(Timestamp(milliseconds: 1_795_170_000_000))
    }

    private let state: TestFolder
    private let hours = Hours()
    private let log = LogSink()

    init() throws { state = try TestFolder("summary") }

    private var path: String { "\(state.path)/\(Journal.fileName)" }
    private var logger: Logger { Logger(label: "test") { [log] _ in LogfmtHandler(write: log.write) } }

    /// Of 2026-11-20 10:20 UTC.
    private func minutes(_ minutes: Double) -> Timestamp {
        Timestamp(milliseconds: 1_795_170_000_000 + Int64(minutes * 60_000))
    }

    private func drain(
        _ journal: Journal,
        deliveries: [String] = ["edw"],
        logs: Set<LogName> = [],
        budget: DiskBudget? = nil
    ) -> SummaryDrain {
        SummaryDrain(
            settings: SummarySettings(recipients: ["ops@example.org", "logs@example.org"]),
            domain: "example.org",
            journal: journal,
            deliveries: deliveries,
            logs: logs,
            budget: budget,
            signal: DrainSignal(),
            logger: logger,
            clock: { [hours] in hours.now.withLock { $0 } },
            onQueue: {}
        )
    }

    /// Does everything that is due at a time; returns the waiting mails' subjects.
    @discardableResult
    private func run(_ drain: SummaryDrain, at moment: Timestamp) throws -> Duration {
        hours.now.withLock { $0 = moment }
        for _ in 1...5 {
            let wait = try drain.step()
            if wait > .zero { return wait }
        }
        Issue.record("it never comes to rest")
        return .zero
    }

    private func mails(_ journal: Journal) throws -> [StoredMail] {
        var mails: [StoredMail] = []
        while let mail = try journal.nextMail(now: minutes(1e6)) {
            mails.append(mail)
            try journal.markSent(mail.id, at: mail.createdAt)
        }
        return mails
    }

    private func add(
        _ number: Int64,
        to journal: Journal,
        host: String = "web-1",
        state: LogBatch.State = .closed,
        delivery: String? = "edw",
        lines: UInt64 = 1,
        bytes: UInt64 = 100,
        closed: Timestamp
    ) throws -> LogBatch {
        var batch = try journal.openBatch(
            LogBatch(
                host: host,
                log: "access",
                windowStart: Timestamp(milliseconds: 1_795_000_000_000 + number * 1_200_000),
                windowSeconds: 1_200,
                fileName: "",
                delivery: delivery,
                openedAt: closed
            ),
            name: { "access_\(number)-\($0).log" }
        )
        batch.state = state
        batch.lineCount = lines
        batch.byteCount = bytes
        batch.closedAt = state == .open ? nil : closed
        if state == .sent { batch.sentAt = closed }
        if state == .failed { batch.lastError = "no space <left> & more" }
        try journal.save(batch)
        return batch
    }

    @Test func eachHourIsOneMailToEverybody() throws {
        let journal = try Journal(at: path)
        let smtp = try SMTPServer()
        var drain = drain(journal)
        try journal.setSummarySentThrough(minutes(55))
        _ = try add(1, to: journal, state: .sent, lines: 2, bytes: 3_000, closed: minutes(54))
        _ = try add(2, to: journal, state: .sent, lines: 48_211, bytes: 5_000_000, closed: minutes(55))
        _ = try add(3, to: journal, host: "db-1", state: .failed, lines: 7, bytes: 50, closed: minutes(114.9))
        _ = try add(4, to: journal, state: .sent, closed: minutes(115))
        try run(drain, at: minutes(115.1))
        // A restart in between, and hours in which it is asked again and again.
        drain = self.drain(journal)
        for step in 0..<10 { try run(drain, at: minutes(115.3 + Double(step))) }

        let signal = DrainSignal()
        signal.finish(by: .now + .seconds(20))
        let mail = MailDrain(
            settings: SMTPSettings(
                server: .init(encryption: .startTLS, host: "127.0.0.1", port: smtp.port),
                from: try MailAddress(parsing: "metricsd@example.org")
            ),
            journal: journal,
            signal: signal,
            logger: logger
        )
        mail.run()
        let received = try smtp.received()
        #expect(received.count == 1)
        let message = try #require(received.first?.message)
        #expect(received.first?.envelope.to.sorted() == ["logs@example.org", "ops@example.org"])
        #expect(message.subject == "[metricsd] Summary 11:15-12:15 UTC: 2 files, 48,218 lines, 1 failed")
        #expect(message.types == ["multipart/alternative", "text/plain", "text/html"])
        #expect(message.defects == [])
        #expect(message.body.contains("  db-1        1       7         50     0       1\n"), "\(message.body)")
        #expect(message.body.contains("  web-1       1  48,211  5,000,000     1       0\n"), "\(message.body)")
        #expect(message.body.contains("  edw: no space <left> & more\n"))
        #expect(message.html?.contains("edw: no space &lt;left&gt; &amp; more") == true)
        let identity = try journal.identity()
        #expect(message["Message-ID"] == "<summary-\(identity).1795173300-1795176900@example.org>")
    }

    @Test func nothingBeforeTheFirstStartIsToldOf() throws {
        let journal = try Journal(at: path)
        _ = try add(1, to: journal, state: .sent, closed: minutes(-30))
        let wait = try run(drain(journal), at: minutes(0))
        #expect(wait <= .seconds(7_200))
        let through = try #require(try journal.summarySentThrough())
        #expect(through >= minutes(0) && through <= minutes(55))
        _ = try add(2, to: journal, state: .sent, lines: 5, closed: minutes(56))
        try run(drain(journal), at: minutes(116))
        let mail = try #require(try mails(journal).first)
        #expect(mail.subject.hasSuffix("UTC: 1 file, 5 lines, all delivered"), "\(mail.subject)")
    }

    @Test func aLongStandstillIsOneMailThatSaysSo() throws {
        let journal = try Journal(at: path)
        try journal.setSummarySentThrough(minutes(55))
        _ = try add(1, to: journal, state: .sent, closed: minutes(60))
        _ = try add(2, to: journal, state: .sent, closed: minutes(200))
        try run(drain(journal), at: minutes(1_000))
        let mails = try mails(journal)
        #expect(
            mails.map(\.subject) == [
                "[metricsd] Summary 2026-11-20 11:15 to 2026-11-21 02:15 UTC: 2 files, 2 lines, all delivered"
            ]
        )
        let queued = try JSONDecoder().decode(QueuedMail.self, from: Data(mails[0].content))
        #expect(queued.body.contains("This is one summary of 15 h: none was made meanwhile"))
    }

    /// A kill between the steps of making a mail makes it neither twice nor not at all.
    @Test func aMailThatWasQueuedIsNotQueuedAgain() throws {
        let journal = try Journal(at: path)
        try journal.setSummarySentThrough(minutes(55))
        try run(drain(journal), at: minutes(116))
        let through = try #require(try journal.summarySentThrough())
        // As it was before, and the same hour once more.
        try journal.setSummarySentThrough(Timestamp(milliseconds: through.milliseconds - 3_600_000))
        try run(drain(journal), at: minutes(117))
        #expect(try mails(journal).count == 1)
        #expect(try journal.summarySentThrough() == through)
    }

    @Test func aClockThatIsSetIsSurvived() throws {
        let journal = try Journal(at: path)
        let drain = drain(journal)
        try journal.setSummarySentThrough(minutes(55))
        try run(drain, at: minutes(60 * 24 * 365))
        #expect(try mails(journal).count == 1)
        let wait = try run(drain, at: minutes(10))
        #expect(wait < .seconds(7_200))
        #expect(log.lines(with: "warning", "which is in the future: the clock was set").count == 1)
        try run(drain, at: minutes(120))
        #expect(try mails(journal).count == 1)
    }

    @Test func logsWithoutLinesAreSilentAndAlertsAreListed() throws {
        let journal = try Journal(at: path)
        let names = ["quiet", "busy", "never"].map { LogName(host: "web-1", log: $0) }
        for (name, line) in [(names[0], minutes(50)), (names[1], minutes(110))] {
            try journal.commit(
                JournalGroup(
                    createdAt: minutes(110),
                    logs: [
                        LogProgress(
                            name: name,
                            state: [],
                            status: LogStatusRecord(path: "/var/log/x", condition: .following, lastLineAt: line)
                        )
                    ]
                )
            )
        }
        var web = HostAlerts(
            host: "web-2",
            rules: [AlertRule(.unreachable, recipients: ["ops@example.org"])],
            metrics: [],
            interval: .seconds(10)
        )
        var db = HostAlerts(
            host: "db-1",
            rules: [AlertRule(.unreachable, recipients: [])],
            metrics: [],
            interval: .seconds(10)
        )
        for (moment, changes) in [
            (minutes(40), web.start(at: minutes(40)) + db.start(at: minutes(40))),
            (minutes(60), web.reachability(false, reason: "no route", at: minutes(60))),
            (minutes(70), db.reachability(false, reason: "no route", at: minutes(70))),
            (minutes(100), db.reachability(true, reason: "", at: minutes(100))),
        ] {
            try journal.commit(JournalGroup(createdAt: moment, alertChanges: changes))
        }
        try journal.setSummarySentThrough(minutes(55))
        try run(drain(journal, deliveries: [], logs: Set(names)), at: minutes(116))
        let mail = try #require(try mails(journal).first)
        #expect(mail.subject == "[metricsd] Summary 11:15-12:15 UTC: no files, 2 logs silent, 1 alert open")
        let text = try JSONDecoder().decode(QueuedMail.self, from: Data(mail.content)).body
        #expect(text.contains("web-1 never      never  not read yet\n"), "\(text)")
        #expect(text.contains("web-1 quiet      11:10  followed\n"), "\(text)")
        #expect(!text.contains("busy"))
        #expect(text.contains("Open alerts\n  since 11:20: web-2 is unreachable"), "\(text)")
        #expect(text.contains("Alerts that are over\n  11:30 to 12:00: db-1 is reachable again"), "\(text)")
    }

    @Test func theTotalsAreThoseOfTheDatabase() throws {
        let server = try MariaDBServer()
        let journal = try Journal(at: path)
        try journal.setSummarySentThrough(minutes(55))
        var generator = SeededGenerator(seed: 4)
        var rows = RecordBatch(metricNames: [])
        let folder = BatchFolder(stateDirectory: state.path)
        for number in 0..<200 {
            let batch = try add(
                Int64(number),
                to: journal,
                host: "web-\(number % 7)",
                state: LogBatch.State.allCases.randomElement(using: &generator) ?? .closed,
                delivery: number % 3 == 0 ? nil : "edw",
                lines: UInt64.random(in: 0...1_000_000, using: &generator),
                bytes: UInt64.random(in: 0...5_000_000_000, using: &generator),
                closed: minutes(Double.random(in: 40...130, using: &generator))
            )
            rows.add(LogBatchRow(batch, path: folder.relativePath(of: batch)))
        }
        try journal.commit(
            JournalGroup(
                createdAt: minutes(130),
                records: [JournalRecord(kind: RecordBatch.kind, payload: rows.payload)]
            )
        )
        let signal = DrainSignal()
        signal.finish(by: .now + .seconds(60))
        DatabaseDrain(
            target: .server(DatabaseSettings(socket: server.socket, name: MariaDBServer.database, user: "root")),
            journal: journal,
            signal: signal,
            logger: logger,
            commands: [],
            asideFolder: "\(state.path)/set-aside"
        ).run(endingServerWithin: .zero)

        try run(drain(journal), at: minutes(116))
        let mail = try #require(try mails(journal).first)
        let text = try JSONDecoder().decode(QueuedMail.self, from: Data(mail.content)).body
        // The mail's own SQL, as a reader would paste it.
        let start = try #require(text.range(of: "  SELECT "))
        let database = try server.client(["-N", "metricsd"], input: String(text[start.lowerBound...]))
            .split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
        let table = try #require(text.range(of: "Hosts\n")?.upperBound)
        let shown = text[table...].split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
            .prefix { !$0.isEmpty }
            .map {
                $0.replacing("in all", with: "NULL").replacing(",", with: "").split(separator: " ").map(String.init)
            }
        #expect(shown.count == 8)
        #expect(database == shown, "\(log.text)")
    }

    @Test func aThreadOfItsOwnEndsAtOnce() throws {
        let journal = try Journal(at: path)
        let path = path
        let signal = DrainSignal()
        let thread = try NamedThread(name: "summary") { [logger] in
            guard let journal = try? Journal(at: path) else { return }
            SummaryDrain(
                settings: SummarySettings(recipients: ["ops@example.org"]),
                domain: "example.org",
                journal: journal,
                deliveries: [],
                logs: [],
                budget: nil,
                signal: signal,
                logger: logger,
                onQueue: {}
            ).run()
        }
        let end = ContinuousClock.now + .seconds(20)
        while try journal.summarySentThrough() == nil, ContinuousClock.now < end { usleep(5_000) }
        #expect(try journal.summarySentThrough() != nil)
        signal.finish(by: .now + .seconds(2))
        #expect(thread.join(until: .now + .seconds(5)))
    }
}
