import Alerts
import Testing
import Wire

/// The mails of metricsd about itself, whole.
@Suite struct ServiceMailTests {
    @Test("A delivery that fails: how much waits, since when, why, and what happens next")
    func failedDelivery() throws {
        var service = ServiceDialogue(edw(for: .seconds(600), severity: .critical))
        let reason = "edw: connecting to 192.0.2.50:22: connection refused. Check that sshd runs there."
        _ = service.delivery(failed: 2, waiting: 2, bytes: 2_048, oldest: -60, reason, at: 0)
        _ = service.delivery(failed: 12, waiting: 14, bytes: 3_565_158, oldest: -60, reason, at: 900)
        let raised = try #require(service.mails(.raised).first)
        #expect(
            raised.subject
                == "[metricsd] ALERT metricsd delivery_failed edw: 14 files wait: connecting to 192.0.2.50:22: connection refused"
        )
        #expect(
            raised.body == """
                metricsd: the delivery edw fails, 14 files wait (critical).
                edw: connecting to 192.0.2.50:22: connection refused. Check that sshd runs there.
                Nothing is deleted before it is delivered. What failed is tried again every 5 min.

                Since      2026-11-20 18:00:00 UTC
                Raised     2026-11-20 18:15:00 UTC
                Severity   critical
                Waiting    14 files, 3.4 MiB (3565158 bytes)
                Failed     12 files, in folders named failed
                Oldest     closed 2026-11-20 17:59:00 UTC, 16 min ago
                Folder     /var/lib/metricsd/logs
                Peak       14 files at 2026-11-20 18:15:00 UTC
                Alert      alert-0000000000000001

                More
                  SELECT h.name AS host, b.path, b.state, b.byte_count, b.closed_at, b.attempts, b.last_error
                    FROM log_batches b JOIN hosts h ON h.host_id = b.host_id
                   WHERE b.delivery = 'edw' AND b.state IN ('closed', 'failed')
                   AND b.removed_at IS NULL ORDER BY b.closed_at;
                  SELECT * FROM open_alerts WHERE host = 'metricsd';

                """
        )
        _ = service.delivery(failed: 0, waiting: 1, bytes: 100, oldest: 4_700, at: 4_800)
        let resolved = try #require(service.mails(.resolved).first)
        #expect(resolved.subject == "[metricsd] RESOLVED metricsd delivery_failed edw, after 1 h 20 min")
        #expect(
            resolved.body.hasPrefix(
                """
                metricsd: the delivery edw works again after 1 h 20 min.
                No file has failed any more; 1 file waits for its turn.

                Since      2026-11-20 18:00:00 UTC
                Raised     2026-11-20 18:15:00 UTC
                Resolved   2026-11-20 19:20:00 UTC
                Duration   1 h 20 min
                Severity   critical
                Waiting    1 file, 100 B (100 bytes)
                Oldest     closed 2026-11-20 19:18:20 UTC, 1 min ago
                Folder     /var/lib/metricsd/logs
                Peak       14 files at 2026-11-20 18:15:00 UTC
                Alert      alert-0000000000000001

                More

                """
            )
        )
        #expect(resolved.inReplyTo == raised.messageID)
    }

    @Test("One file, a reminder, and the end with nothing left")
    func singleFile() throws {
        var service = ServiceDialogue(edw(repeatEvery: .seconds(7_200)))
        _ = service.delivery(failed: 1, bytes: 10, oldest: 0, "edw: no such folder: /incoming\nmake it", at: 0)
        #expect(
            service.mails(.raised).first?.subject
                == "[metricsd] ALERT metricsd delivery_failed edw: 1 file waits: no such folder: /incoming"
        )
        _ = service.tick(at: 7_200)
        let reminder = try #require(service.mails(.reminded).first)
        #expect(
            reminder.subject
                == "[metricsd] REMINDER metricsd delivery_failed edw: 1 file waits, for 2 h: no such folder: /incoming"
        )
        #expect(
            reminder.body.hasPrefix(
                """
                metricsd: the delivery edw still fails, 1 file waits (warning).
                edw: no such folder: /incoming
                make it
                Nothing is deleted before
                """
            )
        )
        _ = service.delivery(failed: 0, at: 7_300)
        let end = try #require(service.mails(.resolved).first)
        #expect(
            end.body.hasPrefix(
                "metricsd: the delivery edw works again after 2 h 1 min.\nAll of its files are delivered.\n"
            )
        )
        #expect(!end.body.contains("Folder"))
    }

    @Test("A delivery that was removed is closed and promises nothing")
    func removed() throws {
        var service = ServiceDialogue(edw())
        _ = service.delivery(failed: 1, "edw: refused", at: 0)
        _ = service.restart(at: 60)
        let mail = try #require(service.mails(.resolved).first)
        #expect(
            mail.subject
                == "[metricsd] RESOLVED metricsd delivery_failed edw (the delivery was removed from the configuration), "
                + "after 1 min"
        )
        #expect(!mail.body.contains("works again"))
        #expect(!mail.body.contains("delivered."))
    }

    @Test("The disk budget: how much, what it means, what to do")
    func diskBudget() throws {
        var service = ServiceDialogue()
        let gibibyte: UInt64 = 1 << 30
        _ = service.disk(37 * gibibyte / 2, of: 20 * gibibyte, at: 0)
        let raised = try #require(service.mails(.raised).first)
        #expect(
            raised.subject
                == "[metricsd] ALERT metricsd disk_budget logs: 92.5 % of max-disk is used, 18.5 GiB of 20.0 GiB"
        )
        #expect(
            raised.body == """
                metricsd: 92.5 % of max-disk is used, 18.5 GiB of 20.0 GiB (warning).
                When all of it is used, logs with a <store> are not pulled any more: their lines wait on their hosts. \
                Nothing is lost until log rotation removes them there.
                Raise max-disk of <state>, shorten keep of <store>, or mend the deliveries that fail: what is not \
                delivered is never removed to make room.

                Since      2026-11-20 18:00:00 UTC
                Severity   warning
                Now        92.5 %
                Peak       92.5 % at 2026-11-20 18:00:00 UTC
                Threshold  above 90 %, clears at 85 % or less
                Alert      alert-0000000000000001

                More
                  SELECT h.name AS host, b.log_name, b.state, COUNT(*) AS files, SUM(b.byte_count) AS uncompressed_bytes
                    FROM log_batches b JOIN hosts h ON h.host_id = b.host_id
                   WHERE b.removed_at IS NULL GROUP BY h.name, b.log_name, b.state ORDER BY 5 DESC LIMIT 20;
                  SELECT * FROM open_alerts WHERE host = 'metricsd';

                """
        )
        _ = service.disk(20 * gibibyte, of: 20 * gibibyte, isStopped: true, "max-disk is reached", at: 60)
        let worse = try #require(service.mails(.worsened).first)
        #expect(
            worse.subject
                == "[metricsd] WORSE metricsd disk_budget logs: pulling has stopped: max-disk is used up, 20.0 GiB of 20.0 GiB"
        )
        #expect(
            worse.body.hasPrefix(
                """
                metricsd: pulling has stopped: max-disk is used up, 20.0 GiB of 20.0 GiB (critical).
                Logs with a <store> are not pulled until there is room again: their lines wait on their hosts. Nothing is \
                lost until log rotation removes them there.
                Raise max-disk of <state>,
                """
            )
        )
        #expect(worse.inReplyTo == raised.messageID)
        _ = service.disk(10 * gibibyte, of: 20 * gibibyte, at: 120)
        let end = try #require(service.mails(.resolved).first)
        #expect(end.subject == "[metricsd] RESOLVED metricsd disk_budget logs 50.0 %, after 2 min")
        #expect(end.body.hasPrefix("metricsd: the batch files are back to 50.0 % of max-disk after 2 min.\n\nSince "))
    }

    @Test("A full file system")
    func fullDisk() throws {
        var service = ServiceDialogue()
        _ = service.disk(1 << 30, of: nil, isStopped: true, "Only 90.0 MiB are free. Free some space there.", at: 0)
        let mail = try #require(service.mails(.raised).first)
        #expect(
            mail.subject == "[metricsd] ALERT metricsd disk_budget logs: pulling has stopped: only 90.0 MiB are free"
        )
        #expect(
            mail.body.contains(
                "\nMake room in the file system of the state directory; the batch files take 1.0 GiB of it.\n"
            )
        )
        #expect(!mail.body.contains("max-disk"))
        #expect(!mail.body.contains("Threshold"))
        _ = service.disk(1 << 20, of: nil, at: 60)
        let end = try #require(service.mails(.resolved).first)
        #expect(end.subject == "[metricsd] RESOLVED metricsd disk_budget logs, after 1 min")
        #expect(end.body.hasPrefix("metricsd: lines are pulled again after 1 min.\n"))
    }

    @Test("A name that is taken on the receiver")
    func conflict() throws {
        var service = ServiceDialogue(edw())
        let conflict = DeliveryConflict(
            delivery: "edw",
            takenPath: "/incoming/shop_26112018_00-19.log",
            storedPath: "/incoming/shop_26112018_00-19-0123abcd.log"
        )
        _ = service.observe(.conflict(conflict), at: 0)
        let mail = try #require(service.mails(.noticed).first)
        #expect(
            mail.subject
                == "[metricsd] NOTICE metricsd delivery_conflict edw: /incoming/shop_26112018_00-19.log holds something else"
        )
        #expect(
            mail.body == """
                metricsd: on the receiver of edw, /incoming/shop_26112018_00-19.log holds something else.
                Nothing was overwritten: the batch was delivered as /incoming/shop_26112018_00-19-0123abcd.log.
                Look which of both is wanted. Logs that are delivered into one folder need names that differ: put {host}, \
                {log} or {address} into 'name' of <store>.

                Noticed    2026-11-20 18:00:00 UTC
                Severity   warning
                Alert      alert-0000000000000001

                More
                  SELECT h.name AS host, b.path, b.remote_path, b.byte_count, b.sha256, b.sent_at
                    FROM log_batches b JOIN hosts h ON h.host_id = b.host_id
                   WHERE b.delivery = 'edw' ORDER BY b.closed_at DESC LIMIT 20;
                  SELECT * FROM alerts WHERE host = 'metricsd' ORDER BY opened_at DESC LIMIT 10;

                """
        )
    }

    @Test("A batch file that was edited by hand")
    func altered() throws {
        var service = ServiceDialogue(edw())
        let batch = AlteredBatch(
            host: "web-1",
            log: "access",
            path: "/var/lib/metricsd/logs/web-1/access/shop_26112018_00-19.log",
            finding: "it has 90 bytes, and 100 were written. Put the file back as it was, and it goes by itself.",
            delivery: "edw"
        )
        _ = service.observe(.altered(batch), at: 0)
        let mail = try #require(service.mails(.noticed).first)
        #expect(
            mail.subject
                == "[metricsd] NOTICE metricsd batch_altered web-1/access: it has 90 bytes, and 100 were written"
        )
        #expect(
            mail.body.hasPrefix(
                """
                metricsd: a batch of web-1/access is not what was written: it has 90 bytes, and 100 were written.
                It is /var/lib/metricsd/logs/web-1/access/shop_26112018_00-19.log
                It was not delivered to edw, and is looked at again at each try.
                Put the file back as it was, and it goes by itself. Its row in log_batches has the size and the SHA-256 \
                that it had.

                Noticed    2026-11-20 18:00:00 UTC

                """
            )
        )
    }

    @Test("Alerts that begin together are one mail, which names metricsd once")
    func together() throws {
        var service = ServiceDialogue(edw(recipients: ops))
        _ = service.delivery(failed: 1, "edw: refused", at: 0)
        _ = service.disk(950, at: 1)
        let mails = AlertMail.compose(service.notifications, domain: "example.org")
        #expect(mails.map(\.subject) == ["[metricsd] 2 alerts: metricsd"])
        #expect(
            mails[0].body.hasPrefix(
                """
                2 alerts on metricsd:
                  1. metricsd: the delivery edw fails, 1 file waits (warning).
                  2. metricsd: 95.0 % of max-disk is used, 950 B of 1000 B (warning).

                """
            )
        )
    }

    @Test("Text of others cannot break a line or a header")
    func foreignText() throws {
        var service = ServiceDialogue(edw())
        _ = service.delivery(failed: 1, "bad\r\nBcc: x@example.org\u{202e}", at: 0)
        let mail = try #require(service.mails(.raised).first)
        #expect(mail.subject.hasSuffix("1 file waits: bad"))
        #expect(!mail.body.contains("\u{202e}"))
        #expect(!mail.body.contains("\r"))
    }
}
