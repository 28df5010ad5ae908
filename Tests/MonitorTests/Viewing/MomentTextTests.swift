import Monitor
import Testing
import Wire

struct MomentTextTests {
    /// 2026-11-20T10:00:00Z
    private static let now = Timestamp(milliseconds: 1_795_168_800_000)

    @Test(arguments: [
        ("10:00", 0), ("09:30", -1_800), ("9:30:15", -1_785), ("10:01", -86_340), ("23:59:59", -36_001),
        ("11:00+01:00", 0), ("11:01+01:00", -86_340), ("00:30-09:30", 0), ("10:00Z", 0),
        ("2026-11-20", -36_000), ("2026-11-20 10:20", 1_200), ("2026-11-20T10:20", 1_200),
        ("2026-11-20T10:00:01Z", 1), ("2026-11-20 11:00:01 +0100", 1), ("2026-11-20T11:00:01+01", 1),
        ("2026-11-21+01:00", 46_800), (" 10:00 ", 0),
        ("now", 0), ("-30m", -1_800), ("30m ago", -1_800), ("2 h ago", -7_200), ("-1d", -86_400), ("-1w", -604_800),
        ("0s ago", 0),
    ])
    func readsWhatPeopleWrite(text: String, seconds: Int64) {
        #expect(MomentText.parse(text, now: Self.now)?.milliseconds == Self.now.milliseconds + seconds * 1_000)
    }

    @Test func knowsLeapDays() {
        #expect(MomentText.parse("2024-02-29", now: Self.now)?.milliseconds == 1_709_164_800_000)
        #expect(MomentText.parse("2023-02-29", now: Self.now) == nil)
    }

    @Test func readsFractions() {
        let yesterday = MomentText.parse("10:00:00.25", now: Self.now)
        #expect(yesterday?.milliseconds == Self.now.milliseconds - 86_400_000 + 250)
        let given = MomentText.parse("2026-11-20T10:00:00,1239Z", now: Self.now)
        #expect(given?.milliseconds == Self.now.milliseconds + 123)
    }

    @Test(arguments: [
        "", "Z", "+01:00", "yesterday", "10", "24:00", "10:60", "10:00:60", "2026-02-29", "2026-13-01", "2026-11-2",
        "26-11-20", "2026-11-2010:00", "10:00 10:00", "-30", "30m", "-30x", "10:00+24:00", "10:00+1", "2026-11-20T",
        "0000-01-01", "2026-11-20 10:00 CET",
    ])
    func refusesWhatIsNoTime(text: String) {
        #expect(MomentText.parse(text, now: Self.now) == nil)
    }

    @Test func knowsATimeThatIsStillToCome() throws {
        // 2026-11-20 17:25 UTC.
        let now = Timestamp(milliseconds: 1_795_195_500_000)
        let six = try #require(MomentText.parse("18:00", now: now))
        #expect(MomentText.wasYesterday("18:00", six, now: now))
        let five = try #require(MomentText.parse("17:00", now: now))
        #expect(!MomentText.wasYesterday("17:00", five, now: now))
        #expect(!MomentText.wasYesterday("2026-11-19 18:00", six, now: now))
    }
}
