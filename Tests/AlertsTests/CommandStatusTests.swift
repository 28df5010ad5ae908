import Alerts
import Testing
import Wire

@Suite struct CommandStatusTests {
    private let rule = AlertRule(.commandStatus("queue_depth"), recipients: ops)

    @Test("Any exit status but 0 raises, 0 resolves; 2 is critical")
    func statuses() {
        var host = Dialogue(rule)
        #expect(host.command(0, "OK", at: 0) == [])
        #expect(host.command(1, "WARNING - 12 in queue", at: 60) == ["raised queue_depth 1"])
        #expect(host.notifications[0].alert.severity == .warning)
        #expect(host.notifications[0].alert.reason == "WARNING - 12 in queue")
        #expect(host.command(2, "CRITICAL - 99 in queue", at: 120) == ["worsened queue_depth 2"])
        #expect(host.notifications[1].alert.severity == .critical)
        #expect(host.command(1, at: 180) == [], "better, but not over")
        #expect(host.command(0, at: 240) == ["resolved queue_depth 0"])
    }

    @Test("Unknown has the rule's severity", arguments: [3, 127, 255] as [Int32])
    func unknown(_ status: Int32) {
        var host = Dialogue(rule)
        #expect(host.command(status, at: 0) == ["raised queue_depth \(status)"])
        #expect(host.notifications[0].alert.severity == .warning)
    }

    @Test("A timeout, a signal and a failed start are failures and say so")
    func endings() {
        for (ending, status, reason) in [
            (CommandResult.Ending.timedOut, 0, "timed out after 10.0 s\nhalf a line"),
            (.signaled, 9, "ended by signal 9\nhalf a line"),
            (.notStarted, 2, "could not be started (errno 2)\nhalf a line"),
        ] as [(CommandResult.Ending, Int32, String)] {
            var host = Dialogue(rule)
            let result = CommandResult.example(status: status, "half a line", ending: ending)
            #expect(host.poll([], commands: [result], at: 0) == ["raised queue_depth"])
            #expect(host.notifications[0].alert.reason == reason)
            #expect(host.notifications[0].alert.severity == .warning)
        }
    }

    @Test("For counts runs of the command")
    func holdFor() {
        var host = Dialogue(AlertRule(.commandStatus("queue_depth"), holdFor: .seconds(120), recipients: ops))
        #expect(host.command(1, at: 0) == ["pending queue_depth"])
        #expect(host.command(1, at: 60) == [])
        #expect(host.command(1, at: 120) == ["raised queue_depth 1"])
    }

    @Test("A threshold on the command's number is an ordinary alert")
    func number() {
        var host = Dialogue(above(100, "queue_depth"))
        func run(_ value: Double?, status: Int32 = 0, at seconds: Double) -> [String] {
            host.poll(
                [],
                commands: [.example(status: status)],
                commandSamples: value.map { [Sample(metric: 3, value: $0)] } ?? [],
                withMetrics: false,
                at: seconds
            )
        }
        #expect(run(120, at: 0) == ["raised queue_depth 120"])
        for second in 1...5 { #expect(host.value(1, at: Double(second) * 10) == [], "other polls do not count") }
        for minute in 1...5 { #expect(run(nil, status: 3, at: Double(minute) * 60) == [], "it failed") }
        #expect(run(50, at: 360) == ["resolved queue_depth 50"])
    }
}
