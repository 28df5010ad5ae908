import Alerts
import Testing
import Wire

@Suite struct AlertMailTests {
    /// A mail of one host's last notifications.
    private func mail(_ host: Dialogue, _ kind: AlertNotification.Kind = .raised) throws -> AlertMail {
        try #require(AlertMail.compose(host.notifications, domain: "example.org").first { $0.kind == kind })
    }

    private func firstLine(_ mail: AlertMail) -> String {
        mail.body.split(separator: "\n").first.map(String.init) ?? ""
    }

    @Test("Subjects of a threshold are as promised")
    func thresholdSubjects() throws {
        var host = Dialogue(above(90, repeatEvery: .seconds(600)))
        _ = host.value(97.2, at: 0)
        #expect(try mail(host).subject == "[metricsd] ALERT web-1 cpu_percent 97.2 % (above 90)")
        _ = host.tick(at: 600)
        #expect(
            try mail(host, .reminded).subject == "[metricsd] REMINDER web-1 cpu_percent 97.2 % (above 90), for 10 min"
        )
        _ = host.value(41, at: 720)
        #expect(try mail(host, .resolved).subject == "[metricsd] RESOLVED web-1 cpu_percent 41.0 %, after 12 min")
    }

    @Test("The instance stands in the subject; bytes are readable there and exact in the body")
    func instanceAndBytes() throws {
        var host = Dialogue(above(90, "disk_used_percent"), below(5_368_709_120))
        _ = host.value(91, at: 0, metric: 1, instance: "/var")
        #expect(try mail(host).subject == "[metricsd] ALERT web-1 disk_used_percent /var 91.0 % (above 90)")

        var memory = Dialogue(below(5_368_709_120))
        _ = memory.value(1_234_567_890, at: 0, metric: 2)
        #expect(try mail(memory).subject == "[metricsd] ALERT web-1 mem_available_bytes 1.1 GiB (below 5.0 GiB)")
        #expect(try mail(memory).body.contains("Now        1.1 GiB (1234567890 bytes)\n"))
        #expect(try mail(memory).body.contains("Threshold  below 5.0 GiB (5368709120 bytes)\n"))
    }

    @Test("A value that rounds to the threshold is shown with more digits")
    func closeToThreshold() throws {
        var host = Dialogue(above(90))
        _ = host.value(90.004, at: 0)
        #expect(try mail(host).subject == "[metricsd] ALERT web-1 cpu_percent 90.004 % (above 90)")
    }

    @Test("Subjects of unreachable, no_data and commands")
    func otherSubjects() throws {
        var host = Dialogue(unreachable(for: .seconds(180)))
        _ = host.unreachable("Connection refused", at: 0)
        _ = host.tick(at: 180)
        #expect(try mail(host).subject == "[metricsd] ALERT web-1 unreachable for 3 min")
        #expect(try firstLine(mail(host)) == "web-1 is unreachable, for 3 min (critical).")
        #expect(try mail(host).body.contains("\nReason\n  Connection refused\n"))
        _ = host.reachable(at: 725)
        #expect(try mail(host, .resolved).subject == "[metricsd] RESOLVED web-1 unreachable, after 12 min")
        #expect(try firstLine(mail(host, .resolved)) == "web-1 is reachable again after 12 min.")

        var silent = Dialogue(noData(for: .seconds(300)))
        _ = silent.tick(at: 300)
        #expect(try mail(silent).subject == "[metricsd] ALERT web-1 no_data for 5 min")

        var command = Dialogue(AlertRule(.commandStatus("queue_depth"), recipients: ops))
        _ = command.command(1, "QUEUE WARNING - 12 waiting\nsecond line", at: 0)
        _ = command.command(2, "QUEUE CRITICAL - 99 waiting", at: 60)
        _ = command.command(0, "QUEUE OK", at: 120)
        #expect(
            AlertMail.compose(command.notifications, domain: "example.org").map(\.subject) == [
                "[metricsd] ALERT web-1 queue_depth warning (exit status 1): QUEUE WARNING - 12 waiting",
                "[metricsd] WORSE web-1 queue_depth critical (exit status 2): QUEUE CRITICAL - 99 waiting",
                "[metricsd] RESOLVED web-1 queue_depth, after 2 min",
            ]
        )
        #expect(try mail(command).body.contains("\nIt printed\n  QUEUE WARNING - 12 waiting\n  second line\n"))

        var gone = Dialogue(above(90))
        _ = gone.value(95, at: 0)
        _ = gone.removeHost(at: 60)
        #expect(
            try mail(gone, .resolved).subject
                == "[metricsd] RESOLVED web-1 cpu_percent (the host was removed from the configuration), after 1 min"
        )
    }

    @Test("The body says it all, the first line first")
    func body() throws {
        var host = Dialogue(above(90, clear: 85, for: .seconds(20)))
        _ = host.value(50, at: 0)
        _ = host.value(91, at: 10)
        _ = host.value(99.5, at: 20)
        _ = host.value(97.2, at: 30)
        let expected = """
            web-1: cpu_percent is 97.2 %, above 90 % for 20 s (warning).

            Since      2026-11-20 18:00:10 UTC
            Raised     2026-11-20 18:00:30 UTC
            Severity   warning
            Now        97.2 %
            Peak       99.5 % at 2026-11-20 18:00:20 UTC
            Threshold  above 90 % for 20 s, clears at 85 % or less
            Alert      alert-0000000000000001

            Last values (UTC)
              18:00:00   50.0 %
              18:00:10   91.0 %
              18:00:20   99.5 %
              18:00:30   97.2 %

            More
              SELECT collected_at, value FROM metric_values
               WHERE host = 'web-1' AND metric = 'cpu_percent' AND instance = ''
                 AND collected_at >= '2026-11-20 17:00:10' ORDER BY collected_at;
              SELECT * FROM open_alerts WHERE host = 'web-1';

            """
        #expect(try mail(host).body == expected)
        _ = host.value(41, at: 730)
        let resolved = try mail(host, .resolved)
        #expect(firstLine(resolved) == "web-1: cpu_percent is back to 41.0 % after 12 min.")
        #expect(resolved.body.contains("Resolved   2026-11-20 18:12:10 UTC\nDuration   12 min\n"))
    }

    @Test("Alerts that go together are one mail with a section each")
    func grouped() throws {
        var host = Dialogue(above(90), above(80, "disk_used_percent"))
        _ = host.poll(
            [
                Sample(metric: 0, value: 95), Sample(metric: 1, instance: "/", value: 81),
                Sample(metric: 1, instance: "/var", value: 82),
            ],
            at: 0
        )
        var other = host.notifications[0]
        other.alert.host = "web-2"
        other.alert.id = "alert-00000000000000ff"
        let mails = AlertMail.compose(host.notifications + [other], domain: "example.org")
        let mail = try #require(mails.first)
        #expect(mails.count == 1)
        #expect(mail.subject == "[metricsd] 4 alerts: web-1, web-2")
        #expect(
            mail.body.hasPrefix("4 alerts on web-1, web-2:\n  1. web-1: cpu_percent is 95.0 %, above 90 % (warning).\n")
        )
        #expect(mail.body.contains("\n4. web-2: cpu_percent is 95.0 %"))
        #expect(mail.alertIDs.count == 4)
        #expect(mail.messageID == "alert-0000000000000001.raised@example.org")
    }

    @Test("Many hosts are counted, not listed")
    func manyHosts() throws {
        var host = Dialogue(above(90))
        _ = host.value(95, at: 0)
        let notifications = (1...40).map { number in
            var one = host.notifications[0]
            one.alert.host = "web-\(number)"
            return one
        }
        let mail = try #require(AlertMail.compose(notifications, domain: "example.org").first)
        #expect(mail.subject == "[metricsd] 40 alerts: web-1, web-2, web-3, web-4, web-5 and 35 more")
    }

    @Test("A storm of alerts is one mail of bounded length")
    func storm() throws {
        var host = Dialogue(unreachable(for: .seconds(60)))
        _ = host.unreachable(String(repeating: "no route ", count: 30), at: 0)
        _ = host.tick(at: 60)
        let notifications = (1...5_000).map { number in
            var one = host.notifications[0]
            one.alert.host = "web-\(number)"
            return one
        }
        let mails = AlertMail.compose(notifications, domain: "example.org")
        let mail = try #require(mails.first)
        #expect(mails.count == 1)
        #expect(mail.alertIDs.count == 5_000)
        #expect(mail.body.utf8.count < 30_000)
        #expect(mail.body.contains("\n  100. web-100 is unreachable, for 1 min (critical).\n  and 4900 more\n"))
        #expect(mail.body.contains("\nThe first 20 of them follow. All that is open: SELECT * FROM open_alerts;\n"))
    }

    @Test("Recoveries and reminders thread under the mail that raised the alert")
    func threads() throws {
        var host = Dialogue(above(90, repeatEvery: .seconds(60)))
        _ = host.value(95, at: 0)
        _ = host.tick(at: 60)
        _ = host.tick(at: 120)
        _ = host.value(1, at: 180)
        let single = host.notifications.map { AlertMail.compose([$0], domain: "example.org")[0] }
        let root = "alert-0000000000000001.raised@example.org"
        #expect(
            single.map(\.messageID) == [
                root, "alert-0000000000000001.reminded-1@example.org", "alert-0000000000000001.reminded-2@example.org",
                "alert-0000000000000001.resolved@example.org",
            ]
        )
        #expect(single.map(\.inReplyTo) == [nil, root, root, root])
        #expect(single.map(\.references) == [[], [root], [root], [root]])

        let other = AlertMail.compose(
            [host.notifications[3]],
            domain: "example.org",
            raisedMessageIDs: ["alert-0000000000000001": "group.raised@example.org"]
        )
        #expect(other.map(\.inReplyTo) == ["group.raised@example.org"])
    }

    @Test("A storm's recovery refers to the first and the newest of the mails that raised it, not to all")
    func boundedReferences() throws {
        var host = Dialogue(above(90))
        _ = host.value(95, at: 0)
        _ = host.value(1, at: 60)
        let resolved = (1...5_000).map { number in
            var one = host.notifications[1]
            one.alert.id = "alert-\(number)"
            return one
        }
        let mail = try #require(AlertMail.compose(resolved, domain: "example.org").first)
        let newest = (4_952...5_000).map { "alert-\($0).raised@example.org" }
        #expect(mail.references == ["alert-1.raised@example.org"] + newest)
        #expect(mail.inReplyTo == "alert-1.raised@example.org")

        let fifty = try #require(AlertMail.compose(Array(resolved.prefix(50)), domain: "example.org").first)
        #expect(fifty.references.count == 50)
    }

    @Test("What is raised and resolved within one group is two mails, the second under the first")
    func raisedAndResolved() {
        var host = Dialogue(above(90))
        _ = host.value(95, at: 0)
        _ = host.value(1, at: 5)
        let mails = AlertMail.compose(host.notifications, domain: "example.org")
        #expect(mails.map(\.kind) == [.raised, .resolved])
        #expect(mails[1].inReplyTo == mails[0].messageID)
    }

    @Test("Names and output of hosts cannot break lines or reorder text")
    func foreignText() throws {
        var host = Dialogue(above(90, "disk_used_percent"))
        _ = host.value(95, at: 0, metric: 1, instance: "/a\r\nBcc: x@y\u{1b}[2J\u{202e}\u{0}b")
        let mail = try mail(host)
        #expect(
            mail.subject
                == #"[metricsd] ALERT web-1 disk_used_percent /a\r\nBcc: x@y\x1b[2J\u{202e}\x00b 95.0 % (above 90)"#
        )
        #expect(!mail.body.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control })
        #expect(!mail.body.contains("\nBcc"))

        var command = Dialogue(AlertRule(.commandStatus("queue_depth"), recipients: ops))
        let output = "\u{1b}[31mred\u{1b}[0m\ttab\r\nline 2\n\n" + String(repeating: "x", count: 3_000)
        _ = command.command(1, output + String(repeating: "\nmore", count: 100), at: 0)
        let text = try self.mail(command).body
        #expect(text.contains(#"  \x1b[31mred\x1b[0m\ttab"# + "\n  line 2\n"))
        #expect(text.contains("  … and "))
    }

    @Test("SQL in the mail reads back as the same text")
    func sql() throws {
        var host = Dialogue(above(90, "disk_used_percent"))
        _ = host.value(95, at: 0, metric: 1, instance: "/o'brien")
        #expect(try mail(host).body.contains("AND instance = '/o''brien'\n"))
        var odd = Dialogue(above(90, "disk_used_percent"))
        _ = odd.value(95, at: 0, metric: 1, instance: "/a\\'; DROP TABLE x")
        #expect(try mail(odd).body.contains("AND instance = _utf8mb4 X'2f615c273b2044524f50205441424c452078'\n"))
    }
}
