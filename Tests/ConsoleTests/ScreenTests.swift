import Console
import Testing

struct ScreenTests {
    @Test func barsInEighths() {
        let rows = Chart.rows([0, 1, 8, 12, 16, 99], top: 16, rows: 2, utf8: true).map { String($0) }
        #expect(rows == ["   ▄██", " ▁████"])
        #expect(Chart.rows([0, 0.001, 3, 6], top: 6, rows: 1, utf8: false).map { String($0) } == [" .:#"])
    }

    @Test(arguments: [(0.0, 1.0), (1, 1), (1.1, 2), (3, 5), (7, 10), (10, 10), (11, 20), (450, 500)])
    func roundTops(value: Double, top: Double) {
        #expect(Chart.roundTop(value) == top)
    }

    @Test func numbers() {
        #expect(NumberText.count(1_234_567) == "1,234,567")
        #expect(NumberText.count(1, "line") == "1 line")
        #expect([99_999, 100_000, 1_788_297, 999_999].map(NumberText.short) == ["99,999", "100k", "1.8M", "1.0M"])
        #expect([0, 9.84, 99.94, 99.96, 1_234.5].map(NumberText.rate) == ["0.0", "9.8", "99.9", "100", "1,235"])
        #expect(
            [0, 999, 1_000, 99_940, 99_960, 1_500_000_000].map { NumberText.bytes(UInt64($0)) }
                == ["0 B", "999 B", "1.0 kB", "99.9 kB", "100 kB", "1.5 GB"]
        )
        #expect(NumberText.percent(1, of: 3) == "33.3 %")
        #expect(NumberText.percent(1, of: 100_000) == "<0.1 %")
        #expect(NumberText.percent(0, of: 0) == "-")
        #expect(
            [850, 42_400, 1_250_000].map { NumberText.duration(microseconds: $0) } == ["850 µs", "42 ms", "1.3 s"]
        )
    }

    @Test func foreignTextCannotMoveTheCursor() {
        #expect("a\u{1b}[2Jb\u{202e}c\u{9b}".printable() == "a?[2Jb?c?")
        #expect("/käse".printable(utf8: true) == "/käse")
        #expect("/käse".printable(utf8: false) == "/k?se")
    }

    @Test func linesAreCutByColumns() {
        var line = StyledLine("ab", .bold)
        line.add("日本語")
        #expect(line.width == 8)
        #expect(line.fitted(to: 8).text == "ab日本語")
        #expect(line.fitted(to: 7).text == "ab日本~")
        #expect(line.fitted(to: 6).text == "ab日~")
        #expect(line.fitted(to: 1).text == "~")
        #expect("/var/log/access.log".fitted(to: 8) == "/var/lo~")
    }
}
