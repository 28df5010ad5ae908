import Alerts
import Testing
import Wire

@Suite struct ValueTextTests {
    @Test(
        "Values as people read them",
        arguments: [
            (97.24, "percent", "97.2 %"), (97.25, "percent", "97.3 %"), (0, "percent", "0.0 %"),
            (1_023, "bytes", "1023 B"), (1_024, "bytes", "1.0 KiB"), (12_025_908_428, "bytes", "11.2 GiB"),
            (-2_048, "bytes", "-2.0 KiB"), (3_565_158.4, "bytes per second", "3.4 MiB/s"),
            (71.5, "celsius", "71.5 °C"), (12, "", "12"), (0.725, "", "0.73"), (0.5, "", "0.5"), (1e20, "", "1e+20"),
            (45, "seconds", "45 s"), (90_061, "seconds", "1 d 1 h"), (-0.01, "percent", "0.0 %"),
            (12, "jobs", "12 jobs"),
        ] as [(Double, String, String)]
    )
    func short(_ value: Double, _ unit: String, _ expected: String) {
        #expect(ValueText.short(value, unit: unit) == expected)
    }

    @Test(
        "Durations",
        arguments: [
            (0, "0 s"), (500, "under 1 s"), (59_999, "59 s"), (60_000, "1 min"), (3_599_000, "59 min"),
            (3_600_000, "1 h"), (3_900_000, "1 h 5 min"), (273_600_000, "3 d 4 h"), (-5, "0 s"),
        ] as [(Int64, String)]
    )
    func duration(_ milliseconds: Int64, _ expected: String) {
        #expect(ValueText.duration(milliseconds: milliseconds) == expected)
    }

    @Test(
        "Moments in UTC",
        arguments: [
            (0, "1970-01-01 00:00:00"), (-1, "1969-12-31 23:59:59"), (951_782_400_000, "2000-02-29 00:00:00"),
            (1_795_197_845_678, "2026-11-20 18:04:05"), (4_107_542_399_000, "2100-02-28 23:59:59"),
            (4_107_542_400_000, "2100-03-01 00:00:00"),
        ] as [(Int64, String)]
    )
    func moment(_ milliseconds: Int64, _ expected: String) {
        #expect(Timestamp(milliseconds: milliseconds).utcText == expected)
    }
}
