import Foundation
import TestServers
import Testing
import Wire

@testable import Monitor

/// What a summary's mail says, in both of its forms.
struct SummaryTextTests {
    /// 2026-11-20 10:15 UTC and so many minutes.
    private func time(_ minutes: Int64) -> Timestamp {
        Timestamp(milliseconds: 1_795_169_700_000 + minutes * 60_000)
    }

    private func summary(_ change: (inout HourlySummary) -> Void = { _ in }) -> HourlySummary {
        var summary = HourlySummary(from: time(0), to: time(60), madeAt: time(60))
        summary.hosts = [
            .init(name: "db-1", volume: .init(files: 3, lines: 1_203, bytes: 317_645, sent: 3)),
            .init(name: "web-1", volume: .init(files: 9, lines: 47_008, bytes: 9_448_378, sent: 9)),
        ]
        summary.deliveries = [.init(name: "edw", files: 12, sent: 12)]
        change(&summary)
        return summary
    }

    @Test func theSubjectSaysWhetherAllIsWell() {
        #expect(
            summary().subject == "[metricsd] Summary 10:15-11:15 UTC: 12 files, 48,211 lines, all delivered"
        )
        let bad = summary {
            $0.deliveries[0].failed = 2
            $0.deliveries[0].waiting = 1
            $0.silentLogs = [.init(host: "web-2", log: "access", condition: "no such file")]
            $0.alerts = [.init(openedAt: time(3), headline: "web-1: …"), .init(openedAt: time(4), headline: "db-1: …")]
        }
        #expect(
            bad.subject == "[metricsd] Summary 10:15-11:15 UTC: 12 files, 48,211 lines, 2 failed, 1 waiting, "
                + "1 log silent, 2 alerts open"
        )
        let kept = summary { $0.deliveries = [] }
        #expect(kept.subject == "[metricsd] Summary 10:15-11:15 UTC: 12 files, 48,211 lines")
        let none = summary { $0.hosts = [] }
        #expect(none.subject == "[metricsd] Summary 10:15-11:15 UTC: no files")
        let days = summary { $0.from = time(-4_320) }
        #expect(days.subject.hasPrefix("[metricsd] Summary 2026-11-17 10:15 to 2026-11-20 11:15 UTC: 12 files"))
    }

    @Test func thePlainTextIsATable() {
        let text = summary { $0.disk = .init(usedBytes: 3 << 30, budget: 4 << 30, freeBytes: 50 << 30) }.document
            .plainText
        let expected = """
            Collected logs, 2026-11-20 10:15 to 11:15 UTC

            12 files closed: 48,211 lines, 9,766,023 bytes (9.3 MiB).
            Everything that is to be delivered is delivered.

            Hosts
              host    files   lines      bytes  sent  failed
              db-1        3   1,203    317,645     3       0
              web-1       9  47,008  9,448,378     9       0
              in all     12  48,211  9,766,023    12       0

            Deliveries
              delivery  files  sent  failed  waiting  oldest
              edw          12    12       0        0       -
              files, sent: of those closed in this time. failed, waiting: all that
                are not delivered at 11:15:00 UTC; oldest: when the first of them
                was closed.

            Disk
              The files of all logs take 3.0 GiB of 4.0 GiB (75.0 %); 50.0 GiB of
                the file system are free.

            The same numbers in the database
              SELECT h.name AS host, COUNT(*) AS files,
                     SUM(b.line_count) AS line_count,
                     SUM(b.byte_count) AS byte_count,
                     SUM(b.state = 'sent') AS sent,
                     SUM(b.state = 'failed') AS failed
                FROM log_batches b JOIN hosts h ON h.host_id = b.host_id
               WHERE b.closed_at >= '2026-11-20 10:15:00'
                 AND b.closed_at <  '2026-11-20 11:15:00'
               GROUP BY h.name WITH ROLLUP;

            """
        #expect(text == expected)
    }

    @Test func aGapSaysThatItIsOne() {
        let late = summary { $0.from = time(-120) }
        #expect(late.document.plainText.contains("This is one summary of 3 h: none was made meanwhile"))
        #expect(!summary().document.plainText.contains("one summary"))
    }

    @Test func troubleIsSaidFirst() throws {
        let text = summary {
            $0.deliveries = [
                .init(
                    name: "edw",
                    files: 12,
                    sent: 10,
                    failed: 2,
                    waiting: 1,
                    oldestClosedAt: time(-25),
                    reason: "full"
                ),
                .init(name: "archive"),
            ]
            $0.silentLogs = [
                .init(host: "web-2", log: "access", condition: "no such file"),
                .init(host: "web-1", log: "error", lastLineAt: time(-90), condition: ""),
            ]
            $0.alerts = [
                .init(openedAt: time(-60), headline: "web-2 is unreachable, for 2 h (critical)."),
                .init(openedAt: time(5), resolvedAt: time(17), headline: "web-1: cpu_percent is back to 41.0 %."),
                .init(openedAt: time(9), resolvedAt: time(9), isNotice: true, headline: "web-1: 5 bytes are lost."),
            ]
            $0.disk = .init(usedBytes: 1, isStopped: true)
        }.document.plainText
        let places = [
            "2 files could not be delivered so far", "1 file waits for its delivery", "2 logs are silent",
            "1 alert is open", "lines are not pulled", "\nHosts\n",
            "  edw          12    10       2        1   09:50\n",
            "  edw: full\n",
            "\nSilent logs\n  log           last line\n  web-2 access      never  no such file\n"
                + "  web-1 error       08:45\n", "Open alerts\n  since 09:15: web-2 is unreachable",
            "Alerts that are over\n  10:20 to 10:32: web-1: cpu_percent", "Notices\n  10:24: web-1: 5 bytes are lost.",
        ].map { text.range(of: $0)?.lowerBound }
        for (one, next) in zip(places, places.dropFirst()) {
            #expect(try #require(one) < (try #require(next)), "\(text)")
        }
    }

    @Test func longNamesAndManyRowsStayInBounds() {
        let many = summary {
            $0.hosts = (0..<5_000).map {
                let name = "host-\($0)." + String(repeating: "x", count: 80)
                return .init(
                    name: name,
                    volume: .init(files: 72, lines: 123_456_789, bytes: UInt64($0) * 1_007)
                )
            }
            $0.alerts = (0..<500).map {
                .init(openedAt: time($0), headline: "host-\($0): " + "very long reason ".repeated(9))
            }
            $0.silentLogs = (0..<500).map { .init(host: "host-\($0)", log: "access", condition: "permission denied") }
        }
        let text = many.document.plainText
        #expect(text.split(separator: "\n").count { $0.count > 72 } == 0)
        #expect(text.utf8.count < 60_000)
        #expect(many.document.html.utf8.count < 100_000)
        #expect(text.contains("4,900 more"))
        #expect(text.contains("host-4999"))
        #expect(text.contains("and 450 more"))
        // The rows that are left out are in the totals all the same.
        #expect(text.contains("360,000  617,283,945,000"))
    }

    @Test(
        "Foreign text changes neither the page nor the text around it",
        arguments: [
            "<script>alert(1)</script>", "</td></tr></table>", "\"onmouseover=\"x", "a'b&amp;c<!--", "x\nSELECT 1;",
            "\u{202e}gnp.exe", "\u{1b}[2J\r\n.\r\n", "]]>", "\0\u{7}\u{8}",
        ]
    )
    func escaping(_ foreign: String) throws {
        let summary = summary {
            $0.hosts[0].name = foreign
            $0.deliveries[0].name = foreign
            $0.deliveries[0].reason = foreign
            $0.silentLogs = [.init(host: foreign, log: foreign, condition: foreign)]
            $0.alerts = [.init(openedAt: time(1), headline: foreign)]
        }
        let plain = try tags(of: summary.with(foreign: "harmless").document.html)
        #expect(try tags(of: summary.document.html) == plain)
        for scalar in summary.document.plainText.unicodeScalars {
            #expect(scalar == "\n" || scalar.properties.generalCategory != .control)
            #expect(scalar.properties.generalCategory != .format)
        }
        #expect(
            summary.document.plainText.split(separator: "\n").filter { $0.hasPrefix("  SELECT") }.count == 1
        )
    }

    /// The elements with their attributes, as Python's HTML parser reads them.
    private func tags(of html: String) throws -> String {
        let folder = try TestFolder("summary-html")
        let script = """
            import html.parser, sys
            class Tags(html.parser.HTMLParser):
                def handle_starttag(self, tag, attributes): print(tag, attributes)
                def handle_endtag(self, tag): print("/" + tag)
                def handle_comment(self, data): print("comment")
            Tags().feed(open(sys.argv[1], encoding="utf-8").read())
            """
        let log = try folder.file("tags")
        let file = try folder.file("page.html", html)
        let process = try TestProcess("python3", ["-I", "-S", "-c", script, file], package: "python3", log: log)
        let end = ContinuousClock.now + .seconds(20)
        while process.isRunning, ContinuousClock.now < end { usleep(5_000) }
        return try String(contentsOfFile: log, encoding: .utf8)
    }
}

extension HourlySummary {
    fileprivate func with(foreign text: String) -> HourlySummary {
        var other = self
        other.hosts[0].name = text
        other.deliveries[0].name = text
        other.deliveries[0].reason = text
        other.silentLogs = [.init(host: text, log: text, condition: text)]
        other.alerts[0].headline = text
        return other
    }
}

extension String {
    fileprivate func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}
