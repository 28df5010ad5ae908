import Alerts
import TestServers
import Testing
import Wire

@testable import Journal

@Suite struct OutboxTests {
    private func notify(_ journal: Journal, _ recipients: [String], _ text: String, seconds: Double) throws {
        let change = change(text, firing: true, recipients: recipients)
        try journal.commit(JournalGroup(createdAt: at(seconds), alertChanges: [change]))
    }

    private func mail(_ id: String, raised: [String] = [], resolved: [String] = [], seconds: Double = 0) -> OutboxMail {
        OutboxMail(
            messageID: id,
            recipients: ["ops@example.org"],
            subject: "[metricsd] ALERT web-1 Größe",
            content: Array("body".utf8),
            createdAt: at(seconds),
            raisedAlerts: raised,
            resolvedAlerts: resolved
        )
    }

    @Test func notificationsGroupByRecipientsOnceTheOldestHasWaited() throws {
        let journal = try JournalFixture().open()
        #expect(try journal.nextNotificationDue() == nil)
        try notify(journal, ["a@example.org", "b@example.org"], "first", seconds: 0)
        try notify(journal, ["c@example.org"], "other", seconds: 5)
        try notify(journal, ["b@example.org", "a@example.org"], "second", seconds: 9)
        #expect(try journal.nextNotificationDue() == at(10))
        #expect(try journal.dueNotifications(now: at(9.999)).isEmpty)

        let due = try journal.dueNotifications(now: at(10))
        #expect(due.map(\.recipients) == [["a@example.org", "b@example.org"]])
        #expect(due[0].notifications.map(\.alert.instance) == ["first", "second"])
        try journal.enqueueMails([mail("1")], consuming: due[0].ids)

        #expect(try journal.nextNotificationDue() == at(15))
        #expect(try journal.dueNotifications(now: at(20)).map(\.recipients) == [["c@example.org"]])
    }

    @Test func recipientsRefusedForGoodAreKeptAndShown() throws {
        let journal = try JournalFixture().open()
        try journal.enqueueMails([mail("1")], consuming: [])
        let waiting = try #require(try journal.nextMail(now: at(0)))
        try journal.keepRefused(waiting.id, recipients: ["gone@example.org"], error: "550 no such user", at: at(1))
        try journal.markSent(waiting.id, at: at(1))
        let refused = try journal.refusedMails()
        #expect(refused.map(\.recipients) == [["gone@example.org"]])
        #expect(refused.map(\.lastError) == ["550 no such user"])
        #expect(try journal.outboxSummary().waiting == 0)
    }

    @Test func theSameMessageIDIsOneMail() throws {
        let fixture = try JournalFixture()
        let journal = try fixture.open()
        try notify(journal, ["ops@example.org"], "x", seconds: 0)
        let ids = try journal.dueNotifications(now: at(10))[0].ids
        #expect(try journal.enqueueMails([mail("1")], consuming: []) == ["1"])
        // As after a crash between making a mail and remembering that it was made.
        #expect(try journal.enqueueMails([mail("1")], consuming: ids) == [])
        #expect(try journal.dueNotifications(now: at(100)).isEmpty)
        #expect(try journal.outboxSummary() == OutboxSummary(waiting: 1, refused: 0, lastError: nil))
    }

    @Test func aMailIsTriedAgainWhenItIsDue() throws {
        let fixture = try JournalFixture()
        var journal = try fixture.open()
        try journal.enqueueMails([mail("1")], consuming: [])
        let first = try #require(try journal.nextMail(now: at(0)))
        #expect(first.subject == "[metricsd] ALERT web-1 Größe")
        #expect(first.content == Array("body".utf8))
        #expect(first.recipients == ["ops@example.org"])
        try journal.markFailed(first.id, error: "451 later", retryAt: at(30))
        journal = try fixture.open()
        #expect(try journal.nextMail(now: at(29)) == nil)
        #expect(try journal.nextMailAttempt() == at(30))
        let again = try #require(try journal.nextMail(now: at(30)))
        #expect(again.attempts == 1)
        #expect(again.lastError == "451 later")
        #expect(again.messageID == "1")
        try journal.markSent(again.id, at: at(31))
        #expect(try journal.nextMail(now: at(1e6)) == nil)
        #expect(try journal.nextMailAttempt() == nil)
    }

    @Test func aClockThatIsSetBackDelaysNoMail() throws {
        let journal = try JournalFixture().open()
        try notify(journal, ["a@example.org"], "first", seconds: 86_400)
        #expect(try journal.dueNotifications(now: at(0)).count == 1)
        try journal.enqueueMails([mail("1")], consuming: [])
        let id = try #require(try journal.nextMail(now: at(0))).id
        try journal.markFailed(id, error: "451 later", retryAt: at(86_400))
        #expect(try journal.nextMail(now: at(0))?.id == id)
    }

    @Test func notificationsAreDiscardedAndMailsStay() throws {
        let fixture = try JournalFixture()
        var journal = try fixture.open()
        #expect(try journal.discardNotifications() == 0)
        try journal.enqueueMails([mail("1")], consuming: [])
        try notify(journal, ["a@example.org"], "first", seconds: 0)
        try notify(journal, ["b@example.org"], "second", seconds: 5)
        #expect(try journal.discardNotifications() == 2)
        journal = try fixture.open()
        #expect(try journal.dueNotifications(now: at(100)).isEmpty)
        #expect(try journal.alertStates().states.count == 2, "the alerts are open all the same")
        // Weeks later it goes out as the mail that it was.
        let late = try #require(try journal.nextMail(now: at(30 * 86_400)))
        #expect(late.messageID == "1")
        #expect(late.createdAt == at(0))
    }

    @Test func aRefusedMailIsKeptAndShown() throws {
        let journal = try JournalFixture().open()
        try journal.enqueueMails([mail("1")], consuming: [])
        let id = try #require(try journal.nextMail(now: at(0))).id
        try journal.markRefused(id, error: "550 no such user", at: at(1))
        try journal.pruneMails(sentBefore: at(1e6))
        #expect(try journal.nextMail(now: at(1e6)) == nil)
        let refused = try journal.refusedMails()
        #expect(refused.map(\.lastError) == ["550 no such user"])
        #expect(refused.map(\.state) == [.refused])
        #expect(try journal.outboxSummary() == OutboxSummary(waiting: 0, refused: 1, lastError: "550 no such user"))
    }

    @Test func sentMailsArePruned() throws {
        let journal = try JournalFixture().open()
        try journal.enqueueMails([mail("1")], consuming: [])
        try journal.markSent(try #require(try journal.nextMail(now: at(0))).id, at: at(10))
        try journal.pruneMails(sentBefore: at(10))
        #expect(try journal.enqueueMails([mail("1")], consuming: []) == [], "kept until then")
        try journal.pruneMails(sentBefore: at(11))
        #expect(try journal.enqueueMails([mail("1")], consuming: []) == ["1"])
    }

    @Test func aThreadLastsUntilItsEndIsSent() throws {
        let journal = try JournalFixture().open()
        let recipients = ["ops@example.org"]
        try journal.enqueueMails([mail("raised", raised: ["alert-1", "alert-2"])], consuming: [])
        try journal.markSent(try #require(try journal.nextMail(now: at(0))).id, at: at(1))
        #expect(try journal.messageID(raising: "alert-1", to: recipients) == "raised")
        #expect(try journal.messageID(raising: "alert-1", to: ["other@example.org"]) == nil)
        try journal.enqueueMails([mail("reminded", raised: ["alert-1"], seconds: 2)], consuming: [])
        try journal.markSent(try #require(try journal.nextMail(now: at(2))).id, at: at(2))
        #expect(try journal.messageID(raising: "alert-1", to: recipients) == "raised", "the first stays the first")

        try journal.enqueueMails([mail("resolved", resolved: ["alert-1"], seconds: 3)], consuming: [])
        let id = try #require(try journal.nextMail(now: at(3))).id
        try journal.markFailed(id, error: "timeout", retryAt: at(4))
        #expect(try journal.messageID(raising: "alert-1", to: recipients) == "raised")
        try journal.markSent(id, at: at(4))
        #expect(try journal.messageID(raising: "alert-1", to: recipients) == nil)
        #expect(try journal.messageID(raising: "alert-2", to: recipients) == "raised")
    }

    @Test func aPartlySentMailIsTriedForTheOthersOnly() throws {
        let journal = try JournalFixture().open()
        let all = ["a@example.org", "b@example.org"]
        var first = mail("raised", raised: ["alert-1"])
        var last = mail("resolved", resolved: ["alert-1"])
        first.recipients = all
        last.recipients = all
        for mail in [first, last] {
            try journal.enqueueMails([mail], consuming: [])
            let id = try #require(try journal.nextMail(now: at(0))).id
            try journal.markPartlySent(id, remaining: ["b@example.org"], error: "450 greylisted", retryAt: at(60))
            let rest = try #require(try journal.nextMail(now: at(60)))
            #expect(rest.id == id)
            #expect(rest.recipients == ["b@example.org"])
            #expect(rest.lastError == "450 greylisted")
            #expect(try journal.messageID(raising: "alert-1", to: all) == "raised")
            try journal.markSent(id, at: at(61))
        }
        #expect(try journal.messageID(raising: "alert-1", to: all) == nil)
    }
}
