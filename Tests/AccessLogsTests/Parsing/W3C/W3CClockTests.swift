import AccessLogs
import Testing

/// Lines that have a time but no date.
struct W3CClockTests {
    /// Hours and minutes since 2026-11-21T00:00:00Z of the lines' times; nil for one that is unread.
    private func read(_ lines: String...) -> [String?] {
        var parser = AccessLogParser(.auto)
        _ = parser.read("#Fields: time sc-status")
        return lines.compactMap { line in
            let reading = parser.read(line.hasPrefix("#") ? line : "\(line) 200")
            if reading == .directive { return nil }
            guard let line = reading.request else { return .some(reading.reason?.rawValue) }
            let minutes = (line.time - 1_795_219_200_000) / 60_000
            return .some("\(minutes / 60)h\(minutes % 60)")
        }
    }

    @Test func haveTheDateOfTheDirective() {
        #expect(read("#Date: 2026-11-21 12:00:00", "12:00:01", "13:30:00") == ["12h0", "13h30"])
        #expect(read("#Date: 2026-11-21", "12:00:01") == ["12h0"])
        #expect(read("#Date: 2026-11-21 // a remark", "12:00:01") == ["12h0"])
        #expect(read("#Start-Date: 2026-11-21 00:00:18.128", "12:00:01") == ["12h0"])
        #expect(read("#Date: 21/Nov/2026 07:28:59", "12:00:01") == ["12h0"])
    }

    @Test func haveTheNewestDate() {
        #expect(
            read("#Date: 2026-11-21 12:00:00", "12:00:01", "#Date: 2026-11-23 09:00:00", "09:00:00")
                == ["12h0", "57h0"]
        )
        // Back again: a file put together of others.
        #expect(
            read("#Date: 2026-11-23 09:00:00", "09:00:00", "#Date: 2026-11-21 12:00:00", "12:00:00")
                == ["57h0", "12h0"]
        )
    }

    @Test func areUnreadWithoutADate() {
        #expect(read("12:00:01", "#Date: 2026-11-21", "12:00:01") == ["no_date", "12h0"])
        // A date that cannot be read makes the one before it no better.
        #expect(read("#Date: 2026-11-21", "12:00:01", "#Date: yesterday", "12:00:02") == ["12h0", "no_date"])
        #expect(read("#Date: 2026-13-21 12:00:00", "12:00:02") == ["no_date"])
        #expect(read("#Date:", "12:00:02") == ["no_date"])
    }

    @Test func goOnPastMidnight() {
        #expect(
            read("#Date: 2026-11-21 22:00:00", "22:30:00", "23:59:59", "00:00:00", "09:00:00", "08:30:00", "07:59:00")
                == ["22h30", "23h59", "24h0", "33h0", "32h30", "55h59"]
        )
    }

    @Test func takeALateLineForOneOfTheDayBefore() {
        #expect(
            read("#Date: 2026-11-21 22:00:00", "23:59:58", "00:00:01", "23:59:59", "00:00:02", "00:30:00", "23:45:00")
                == ["23h59", "24h0", "23h59", "24h0", "24h30", "23h45"]
        )
    }

    @Test func takeAnEarlyDirectiveForOneBeforeMidnight() {
        // The header was written in the last second of the day, the first line in the next one.
        #expect(read("#Date: 2026-11-21 23:59:59", "00:00:00") == ["24h0"])
        // A date alone, or that of midnight, is the day of whatever comes, however late in the day.
        #expect(read("#Date: 2026-11-21", "23:30:00") == ["23h30"])
        #expect(read("#Date: 2026-11-21 00:00:00", "23:30:00", "00:10:00") == ["23h30", "24h10"])
    }

    @Test func keepTheirDayOverALongSilence() {
        #expect(read("#Date: 2026-11-21 02:00:00", "02:00:00", "23:30:00", "22:29:00") == ["2h0", "23h30", "46h29"])
    }
}
