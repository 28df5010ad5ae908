import Alerts
import Testing
import Wire

@Suite struct LogMailTests {
    private func mail(_ host: Dialogue, _ kind: AlertNotification.Kind = .raised) throws -> AlertMail {
        try #require(AlertMail.compose(host.notifications, domain: "example.org").first { $0.kind == kind })
    }

    @Test("High traffic: the promised sentence first, then what a reader needs")
    func highTrafficBodies() throws {
        var host = Dialogue(
            highTraffic(clear: 8, for: .seconds(30)),
            logs: [Dialogue.access]
        )
        _ = host.traffic(600, at: 1...100)
        _ = host.traffic(1_704, at: 101...130)
        _ = host.traffic(1_320, at: 131)
        let raised = try mail(host)
        #expect(raised.subject == "[metricsd] ALERT web-1 high_traffic access 11.0 requests/s (above 10)")
        #expect(
            raised.body == """
                High traffic generated an alert - hits = 1320 (11.0/s), triggered at 2026-11-20T18:02:11Z
                web-1: the log access has 11.0 requests/s over 2 min, above 10 requests/s (warning).

                Since      2026-11-20 18:01:41 UTC
                Raised     2026-11-20 18:02:11 UTC
                Severity   warning
                Log        /var/log/nginx/access.log
                Now        11.0 requests/s (1320 requests in 2 min)
                Peak       14.2 requests/s at 2026-11-20 18:01:41 UTC
                Threshold  above 10 requests/s over 2 min for 30 s, clears at 8 requests/s or less
                Alert      alert-0000000000000001

                Last values (UTC)
                  18:00:41   5.0 requests/s
                  18:00:51   5.0 requests/s
                  18:01:01   5.0 requests/s
                  18:01:11   5.0 requests/s
                  18:01:21   5.0 requests/s
                  18:01:31   5.0 requests/s
                  18:01:41   14.2 requests/s
                  18:01:51   14.2 requests/s
                  18:02:01   14.2 requests/s
                  18:02:11   11.0 requests/s

                More
                  SELECT t.window_start, t.hits, t.bytes, t.status_4xx, t.status_5xx, t.clients
                    FROM traffic t JOIN hosts h ON h.host_id = t.host_id
                   WHERE h.name = 'web-1' AND t.log_name = 'access'
                     AND t.window_start >= '2026-11-20 17:01:41' ORDER BY t.window_start;
                  SELECT s.section, SUM(s.hits) AS requests
                    FROM traffic_sections s JOIN hosts h ON h.host_id = s.host_id
                   WHERE h.name = 'web-1' AND s.log_name = 'access'
                     AND s.window_start >= '2026-11-20 17:59:41'
                   GROUP BY s.section ORDER BY requests DESC LIMIT 20;
                  SELECT * FROM open_alerts WHERE host = 'web-1';

                """
        )
        _ = host.traffic(1_100, at: 132...820)
        _ = host.traffic(960, at: 821)
        let resolved = try mail(host, .resolved)
        #expect(resolved.subject == "[metricsd] RESOLVED web-1 high_traffic access 8.0 requests/s, after 12 min")
        #expect(
            resolved.body.hasPrefix(
                """
                High traffic recovered - hits = 960 (8.0/s), recovered at 2026-11-20T18:13:41Z
                web-1: the log access is back to 8.0 requests/s over 2 min after 12 min.

                Since      2026-11-20 18:01:41 UTC
                Raised     2026-11-20 18:02:11 UTC
                Resolved   2026-11-20 18:13:41 UTC
                Duration   12 min
                Severity   warning
                Log        /var/log/nginx/access.log
                At the end 8.0 requests/s (960 requests in 2 min)
                Peak       14.2 requests/s at 2026-11-20 18:01:41 UTC

                """
            )
        )
        #expect(!resolved.body.contains("Reason"))
        #expect(
            resolved.body.contains("AND s.window_start BETWEEN '2026-11-20 17:59:41' AND '2026-11-20 18:13:41'\n")
        )
        #expect(resolved.inReplyTo == raised.messageID)
    }

    @Test("A reminder of high traffic tells how it is now, and how it began")
    func highTrafficReminder() throws {
        var host = Dialogue(highTraffic(repeatEvery: .seconds(3_600)), logs: [Dialogue.access])
        _ = host.traffic(2_400, at: 0)
        _ = host.traffic(1_800, at: 1...3_600)
        _ = host.tick(at: 3_600)
        let mail = try mail(host, .reminded)
        #expect(mail.subject == "[metricsd] REMINDER web-1 high_traffic access 15.0 requests/s (above 10), for 1 h")
        #expect(
            mail.body.hasPrefix(
                "web-1: the log access still has 15.0 requests/s over 2 min, above 10 requests/s (warning).\n\n"
            )
        )
        #expect(
            mail.body.contains(
                "\nReason\n  High traffic generated an alert - hits = 2400 (20.0/s), triggered at 2026-11-20T18:00:00Z\n"
            )
        )
    }

    @Test("High traffic that is closed with its rule promises no recovery")
    func highTrafficClosed() throws {
        var host = Dialogue(highTraffic(), logs: [Dialogue.access])
        _ = host.traffic(2_400, at: 0)
        _ = host.removeHost(at: 60)
        let mail = try mail(host, .resolved)
        #expect(!mail.body.contains("recovered"))
        #expect(
            mail.body.hasPrefix(
                "web-1: high_traffic access is closed after 1 min: the host was removed from the configuration.\n"
            )
        )
    }

    @Test("A silent log: the cause in the subject, what to do below the first line")
    func logSilentBodies() throws {
        var host = Dialogue(logSilent(), logs: [Dialogue.access])
        _ = host.read(requests: 1, at: 5)
        _ = host.cannotRead(.missing, errorNumber: 2, at: 10)
        _ = host.tick(at: 305)
        let raised = try mail(host)
        #expect(
            raised.subject == "[metricsd] ALERT web-1 log_silent access for 5 min: "
                + "There is no file /var/log/nginx/access.log on the host."
        )
        #expect(
            raised.body == """
                web-1: the log access has had no request for 5 min (warning).
                There is no file /var/log/nginx/access.log on the host.
                Look whether the server runs that writes it; if the log has moved, correct 'path' of <log>.

                Since      2026-11-20 18:00:05 UTC
                Raised     2026-11-20 18:05:05 UTC
                Severity   warning
                Log        /var/log/nginx/access.log
                Last line  2026-11-20 18:00:05 UTC
                Alert      alert-0000000000000001

                More
                  SELECT t.window_start, t.hits, t.skipped, t.unread
                    FROM traffic t JOIN hosts h ON h.host_id = t.host_id
                   WHERE h.name = 'web-1' AND t.log_name = 'access'
                   ORDER BY t.window_start DESC LIMIT 20;
                  SELECT * FROM open_alerts WHERE host = 'web-1';

                """
        )
        _ = host.read(requests: 4, at: 725)
        let resolved = try mail(host, .resolved)
        #expect(resolved.subject == "[metricsd] RESOLVED web-1 log_silent access, after 12 min")
        #expect(
            resolved.body.hasPrefix(
                """
                web-1: the log access has requests again after 12 min.

                Since      2026-11-20 18:00:05 UTC
                Raised     2026-11-20 18:05:05 UTC
                Resolved   2026-11-20 18:12:05 UTC
                Duration   12 min
                Severity   warning
                Log        /var/log/nginx/access.log
                Last line  2026-11-20 18:00:05 UTC
                Reason     There is no file /var/log/nginx/access.log on the host.
                Alert      alert-0000000000000001


                """
            )
        )
        #expect(resolved.inReplyTo == raised.messageID)
    }

    @Test("A log that is not pulled says so in the subject")
    func heldBackSubject() throws {
        var host = Dialogue(logSilent(), logs: [Dialogue.access])
        _ = host.holdBack("the disk is full", at: 10)
        _ = host.tick(at: 300)
        #expect(
            try mail(host).subject
                == "[metricsd] ALERT web-1 log_silent access for 5 min: "
                + "metricsd does not pull /var/log/nginx/access.log at present: the disk is full"
        )
    }

    @Test("Lines that are too long to be stored are not called uncounted")
    func tooLong() throws {
        var host = Dialogue(logs: [Dialogue.access])
        _ = host.lose(LogLoss(cause: .tooLong, file: "/var/log/nginx/access.log", bytes: nil), at: 10)
        let mail = try mail(host, .noticed)
        #expect(mail.subject == "[metricsd] NOTICE web-1 log_loss access lines not stored")
        #expect(
            mail.body.hasPrefix(
                """
                web-1: lines of the log access are too long: they were counted, but not stored.
                Lines of /var/log/nginx/access.log are longer than 131070 bytes and were not stored.
                """
            )
        )
    }

    @Test("A loss: a notice of its own, under no other mail")
    func lossBody() throws {
        var host = Dialogue(logs: [Dialogue.access])
        _ = host.lose(LogLoss(cause: .truncated, file: "/var/log/nginx/access.log", bytes: 1_258_291), at: 10)
        let mail = try mail(host, .noticed)
        #expect(mail.subject == "[metricsd] NOTICE web-1 log_loss access 1.2 MiB lost")
        #expect(mail.messageID == "alert-0000000000000001.noticed@example.org")
        #expect(mail.inReplyTo == nil)
        #expect(mail.references == [])
        #expect(
            mail.body == """
                web-1: 1.2 MiB of the log access are lost and were not counted.
                1.2 MiB (1258291 bytes) of /var/log/nginx/access.log are lost: the file was truncated before they were \
                read, and no copy of what it held was found.
                Let log rotation keep the last file uncompressed beside the log (logrotate: delaycompress), and rotate \
                by renaming rather than by copytruncate.

                Noticed    2026-11-20 18:00:10 UTC
                Severity   warning
                Log        /var/log/nginx/access.log
                Lost       1.2 MiB (1258291 bytes)
                Alert      alert-0000000000000001

                More
                  SELECT opened_at, value, reason FROM alerts
                   WHERE host = 'web-1' AND type = 'log_loss' AND instance = 'access'
                   ORDER BY opened_at DESC LIMIT 20;
                  SELECT * FROM alerts WHERE host = 'web-1' ORDER BY opened_at DESC LIMIT 10;

                """
        )
        var unknown = Dialogue(logs: [Dialogue.access])
        _ = unknown.lose(LogLoss(cause: .removed, file: "/var/log/nginx/access.log", bytes: nil), at: 10)
        #expect(try self.mail(unknown, .noticed).subject == "[metricsd] NOTICE web-1 log_loss access lines lost")
        _ = unknown.lose(LogLoss(cause: .removed, file: "/var/log/nginx/access.log", bytes: 9), at: 12)
        let both = try self.mail(unknown, .noticed)
        #expect(both.subject == "[metricsd] 2 notices: web-1")
        #expect(both.body.hasPrefix("2 notices on web-1:\n  1. web-1: lines of the log access are lost"))
    }

    @Test("In a mail about several alerts each line says which log and host it is about")
    func grouped() throws {
        var host = Dialogue(highTraffic(of: "*"), logs: [Dialogue.access, Dialogue.admin])
        _ = host.traffic(2_400, at: 0)
        _ = host.traffic(1_320, at: 0, of: "admin")
        let mail = try mail(host)
        #expect(
            mail.body.hasPrefix(
                """
                2 alerts on web-1:
                  1. web-1 access: High traffic generated an alert - hits = 2400 (20.0/s), triggered at \
                2026-11-20T18:00:00Z
                  2. web-1 admin: High traffic generated an alert - hits = 1320 (11.0/s), triggered at \
                2026-11-20T18:00:00Z
                """
            )
        )
        #expect(mail.body.contains("\n1. web-1 access: High traffic generated"))
        #expect(mail.body.contains("\nweb-1: the log access has 20.0 requests/s over 2 min, above 10 requests/s"))
    }

    @Test("Paths of hosts cannot break lines")
    func foreignPath() throws {
        var odd = Dialogue.access
        odd.path = "/var/log/a\nBcc: x@y\u{1b}[2J"
        var host = Dialogue(logSilent(), logs: [odd])
        _ = host.read(at: 5)
        _ = host.tick(at: 300)
        let mail = try mail(host)
        #expect(!mail.subject.contains("\n"))
        #expect(!mail.body.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control })
        #expect(!mail.body.contains("\nBcc"))
    }
}
