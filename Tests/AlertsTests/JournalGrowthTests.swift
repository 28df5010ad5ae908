import Alerts
import Testing
import Wire

@Suite struct JournalGrowthTests {
    private let minute = 60.0

    /// - Parameter oldest: seconds since the start, nil where nothing waits.
    private func journal(
        _ service: inout ServiceDialogue,
        _ bytes: UInt64,
        oldest: Double?,
        _ reason: String? = nil,
        at seconds: Double
    ) -> [String] {
        let condition = JournalCondition(
            records: bytes / 100,
            bytes: bytes,
            oldest: oldest.map(Dialogue.moment),
            reason: reason
        )
        return service.observe(.journal(condition), at: seconds)
    }

    @Test("Fires when nothing was stored for ten minutes, once, and is over when it is stored")
    func outage() throws {
        var service = ServiceDialogue()
        #expect(journal(&service, 0, oldest: nil, at: 0) == [])
        for turn in 1..<11 {
            let text = journal(&service, UInt64(turn) * 1_000, oldest: minute, at: minute * Double(turn))
            #expect(text == [], "after \(turn) minutes")
        }
        let reason = "database at db-1: connection refused. Start the server."
        #expect(
            journal(&service, 11_000, oldest: minute, reason, at: minute * 11) == ["raised journal_growing 600"]
        )
        #expect(journal(&service, 12_000, oldest: minute, reason, at: minute * 12) == ["stored journal_growing 660"])
        let mail = try #require(service.mails(.raised).first)
        #expect(
            mail.subject == "[metricsd] ALERT metricsd journal_growing: the database does not take what is measured"
        )
        #expect(mail.body.contains("110 groups of rows wait in the journal"))
        #expect(mail.body.contains(reason))
        #expect(mail.body.contains("Nothing is lost"))
        #expect(mail.body.contains("metricsd_drain_lag_seconds"))
        #expect(service.notifications.map(\.recipients) == [ops])

        // Being stored, it is old for a while yet.
        #expect(journal(&service, 6_000, oldest: minute * 3, at: minute * 14) == [])
        #expect(journal(&service, 100, oldest: minute * 14, at: minute * 15) == ["resolved journal_growing 60"])
        #expect(
            service.mails(.resolved).map(\.subject) == ["[metricsd] RESOLVED metricsd journal_growing, after 4 min"]
        )
        #expect(service.storedStates == [])
    }

    @Test("A backlog that is being stored is none, however old; one that grows slowly is")
    func catchingUp() {
        var service = ServiceDialogue()
        #expect(journal(&service, 900_000, oldest: 0, at: minute * 60) == [], "after a start nothing is known yet")
        #expect(journal(&service, 500_000, oldest: minute * 20, at: minute * 61) == [])
        #expect(journal(&service, 500_001, oldest: minute * 21, at: minute * 62) == ["raised journal_growing 2460"])
        #expect(service.mails(.raised)[0].body.contains("stored more slowly than they come"))
    }

    @Test("Goes on over a restart without a second mail")
    func restart() {
        var service = ServiceDialogue()
        _ = journal(&service, 1_000, oldest: 0, at: minute * 10)
        #expect(journal(&service, 2_000, oldest: 0, at: minute * 11) == ["raised journal_growing 660"])
        #expect(service.restart(at: minute * 12) == [])
        #expect(journal(&service, 3_000, oldest: 0, at: minute * 13) == ["stored journal_growing 780"])
        #expect(journal(&service, 0, oldest: nil, at: minute * 14) == ["resolved journal_growing 0"])
        #expect(service.notifications.count == 2)
    }
}
