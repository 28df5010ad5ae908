import Alerts
import Testing
import Wire

@Suite struct HeldBackMailTests {
    private func mail(_ notification: AlertNotification) -> AlertMail {
        AlertMail.compose([notification], domain: "example.org")[0]
    }

    @Test("The mail behind a silence says that nobody was told until now, and why; the recovery keeps it")
    func afterASilence() {
        var host = Dialogue(above(90))
        _ = host.silence([AlertSilence(cause: "silenced by root until 2026-11-20 19:00 UTC: kernel update")], at: 0)
        _ = host.value(95, at: 10)
        _ = host.silence([], at: 3_600)
        _ = host.value(5, at: 3_720)
        let raised = mail(host.notifications[0])
        #expect(raised.subject == "[metricsd] ALERT web-1 cpu_percent 95.0 % (above 90)")
        #expect(
            raised.body.hasPrefix(
                """
                web-1: cpu_percent is 95.0 %, above 90 % for 59 min (warning).
                Nobody was told until now: silenced by root until 2026-11-20 19:00 UTC: kernel update.

                """
            ),
            "\(raised.body)"
        )
        let resolved = mail(host.notifications[1])
        #expect(resolved.inReplyTo == raised.messageID)
        #expect(!resolved.body.contains("Nobody"))
        #expect(
            resolved.body.contains(
                "Held back  until 2026-11-20 19:00:00 UTC: silenced by root until 2026-11-20 19:00 UTC: kernel update\n"
            )
        )
    }

    @Test("The end of what people knew of is told at once, and does not speak of the silence that holds")
    func endWithinASilence() {
        var host = Dialogue(above(90))
        _ = host.value(95, at: 10)
        _ = host.silence([AlertSilence(cause: "silenced")], at: 20)
        _ = host.value(95, at: 25)
        _ = host.value(5, at: 30)
        #expect(host.notifications.map(\.kind) == [.raised, .resolved])
        #expect(!mail(host.notifications[1]).body.lowercased().contains("silenced"))
    }

    @Test("A reminder and what gets worse later do not speak of a silence that is over")
    func later() {
        var host = Dialogue(above(90, repeatEvery: .seconds(60)))
        _ = host.silence([AlertSilence(cause: "silenced")], at: 0)
        _ = host.value(95, at: 10)
        _ = host.silence([], at: 20)
        _ = host.tick(at: 80)
        #expect(host.notifications.map(\.kind) == [.raised, .reminded])
        #expect(!mail(host.notifications[1]).body.contains("Nobody"))
    }

    @Test("The mail of a gateway names those behind it")
    func dependents() {
        var host = Dialogue(unreachable(for: .zero))
        host.alerts.dependents = (1...7).map { "db-\($0)" }
        _ = host.unreachable(at: 10)
        let body = mail(host.notifications[0]).body
        #expect(
            body.contains(
                "7 hosts stand behind it: db-1, db-2, db-3, db-4, db-5 and 2 more. Their alerts unreachable, no_data and "
                    + "log_silent are held back meanwhile.\n"
            )
        )
        #expect(body.contains("\nReason\n  no route to host\n"))
        _ = host.reachable(at: 20)
        #expect(!mail(host.notifications[1]).body.contains("behind"))
    }
}
