import Alerts
import Testing
import Wire

@Suite struct ClockSkewTests {
    private var alerts = HostAlerts(
        host: "web-1",
        rules: [],
        metrics: [],
        interval: .seconds(10),
        recipients: ops,
        random: { 7 }
    )

    init() {
        _ = alerts.start(at: Dialogue.moment(0))
        _ = alerts.reachability(true, reason: "", at: Dialogue.moment(1))
    }

    private mutating func read(_ seconds: Double, isOurs: Bool = false, at moment: Double) -> [AlertChange] {
        alerts.clockRead(Int64(seconds * 1_000), isOurs: isOurs, at: Dialogue.moment(moment))
    }

    @Test(
        "Fires when three answers in a row show more than 30 s, either way, and is over at 20 s",
        arguments: [1.0, -1]
    )
    func fires(side: Double) throws {
        var test = self
        #expect(test.read(30 * side, at: 10) == [])
        #expect(test.read(31 * side, at: 20) == [])
        #expect(test.read(31 * side, at: 30) == [])
        #expect(test.read(5 * side, at: 40) == [], "one answer that was long on its way is none")
        for moment in [50.0, 60] { #expect(test.read(3_600 * side, at: moment) == []) }
        let raised = test.read(3_600 * side, at: 70)
        #expect(raised.map(\.event) == [.raised])
        let notification = try #require(raised.first?.notification)
        #expect(notification.recipients == ops)
        let mail = try #require(AlertMail.compose([notification], domain: "example.org").first)
        let word = side > 0 ? "ahead of" : "behind"
        #expect(mail.subject == "[metricsd] ALERT web-1 clock_skew: its clock is 1 h \(word) metricsd's")
        #expect(mail.body.contains("timedatectl set-ntp true"))
        #expect(mail.body.contains("clock_skew_ms"))
        #expect(test.read(3_601 * side, at: 80).map(\.event) == [nil] || test.read(3_601 * side, at: 81) == [])
        #expect(test.read(21 * side, at: 90) == [])
        #expect(test.read(20 * side, at: 100).map(\.event) == [.resolved])
        #expect(test.alerts.states == [])
    }

    @Test("What was silenced is told when the silence is over, also where it came closer since and is not over")
    func silenced() {
        var test = self
        _ = test.alerts.silence([AlertSilence(type: nil, cause: "silenced")], at: Dialogue.moment(2))
        for moment in [10.0, 20, 30] { #expect(test.read(3_600, at: moment).allSatisfy { $0.notification == nil }) }
        #expect(test.read(25, at: 40) == [])
        let snapshot = Snapshot(sequence: 1, collectedAt: Dialogue.moment(40))
        _ = test.alerts.observe(snapshot, commandSamples: [], withMetrics: true, at: Dialogue.moment(40))
        let told = test.alerts.silence([], at: Dialogue.moment(50))
        #expect(told.compactMap(\.notification).count == 1)
        #expect(test.read(0, at: 60).compactMap(\.notification).map(\.kind) == [.resolved])
    }

    @Test("Raises nothing where the hosts agree that metricsd's clock is the wrong one, and keeps what fires")
    func ours() {
        var test = self
        for moment in 1...10 { #expect(test.read(3_600, isOurs: true, at: Double(moment)) == []) }
        #expect(test.read(3_600, at: 11).map(\.event) == [.raised])
        #expect(test.read(0, isOurs: true, at: 12).map(\.event) == [.resolved])
    }

    @Test("Metricsd's own clock is told once, when it is wrong for a minute")
    func own() throws {
        var service = ServiceDialogue()
        func condition(_ ahead: Double) -> ServiceEvent {
            .ownClock(OwnClockCondition(aheadMilliseconds: Int64(ahead * 1_000), agreeing: 9, answering: 10))
        }
        #expect(service.observe(condition(3_600), at: 0) == ["pending clock_skew"])
        #expect(service.observe(condition(0), at: 30) == ["calmed clock_skew"])
        #expect(service.observe(condition(-3_600), at: 40) == ["pending clock_skew"])
        #expect(service.observe(condition(-3_600), at: 99) == [])
        #expect(service.observe(condition(-3_600), at: 100) == ["raised clock_skew 3600"])
        let mail = try #require(service.mails(.raised).first)
        #expect(
            mail.subject
                == "[metricsd] ALERT metricsd clock_skew: the clock of metricsd's machine is 1 h behind that of 9 of 10 hosts"
        )
        let nobody = OwnClockCondition(aheadMilliseconds: 0, agreeing: 0, answering: 0)
        #expect(service.restart(at: 150) == [])
        #expect(service.observe(.ownClock(nobody), at: 151) == [], "nobody answers yet")
        #expect(service.observe(condition(0), at: 200) == ["resolved clock_skew 0"])
    }
}
