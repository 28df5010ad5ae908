import Foundation
import TestServers
import Testing

/// A journal that cannot be read keeps nobody from being watched, and nobody from knowing.
struct DamagedJournalTests {
    @Test func isSetAsideAndToldByMailAndTheNextPollIsStored() throws {
        let database = try MariaDBServer()
        let smtp = try SMTPServer()
        let site = try Site(
            attributes: "metrics=\"uptime_seconds\" mail=\"ops@example.org\"",
            services: """
                <database socket="\(database.socket)" user="root" name="metricsd"/>
                <smtp server="smtp://127.0.0.1:\(smtp.port)" from="metricsd@example.org"/>
                """
        )
        #expect(try site.metricsd("run", "--once").status == 0)
        let journal = "\(site.folder.path)/state/journal.sqlite"
        let spoilt = Data("this was an editor's doing\n".utf8)
        try spoilt.write(to: URL(fileURLWithPath: journal))

        // Who only looks changes nothing.
        let status = try site.metricsd("status")
        #expect(status.status != 0)
        #expect(status.errors.contains("set-aside/"))
        #expect(FileManager.default.contents(atPath: journal) == spoilt)

        let result = try site.metricsd("run", "--once")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains(" critical the journal was damaged"))
        let aside = "\(site.folder.path)/state/set-aside"
        let folder = try #require(try FileManager.default.contentsOfDirectory(atPath: aside).first)
        #expect(folder.hasPrefix("journal-20"))
        #expect(FileManager.default.contents(atPath: "\(aside)/\(folder)/journal.sqlite") == spoilt)
        let mail = try #require(try smtp.received().first)
        #expect(mail.envelope.to == ["ops@example.org"])
        #expect(mail.message.body.contains("\(aside)/\(folder)"))
        let rows = try database.client(
            ["--skip-column-names", "metricsd"],
            input: "SELECT COUNT(*) FROM metric_values; SELECT severity, resolved_at IS NULL FROM alerts "
                + "WHERE host = 'metricsd' AND type = 'journal_damaged'"
        )
        #expect(rows.lines == ["2", "critical\t0"])
        #expect(try site.metricsd("status").status == 0)
    }
}
