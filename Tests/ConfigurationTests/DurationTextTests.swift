import Configuration
import Testing

struct DurationTextTests {
    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("5m", .seconds(300)), ("2h", .seconds(7_200)),
        ("7d", .seconds(604_800)), ("0s", .zero), ("10y", .seconds(315_360_000)), ("400d", .seconds(34_560_000)),
    ])
    func readsAndWritesWhatPeopleWrite(text: String, duration: Duration) {
        #expect(DurationText.parse(text) == duration)
        #expect(DurationText.format(duration) == text)
    }

    @Test(arguments: [
        "", "60", "s", "-5s", "+5s", "1.5h", "1h30m", "5 m", " 5m", "5M", "5min", "٥s", "999999999999999d",
        "99999999999999999999s", "0x10s",
    ])
    func refusesEverythingElse(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: [
        ("512KiB", 524_288), ("2GB", 2_000_000_000), ("800B", 800), ("1MiB", 1_048_576), ("0B", 0),
    ])
    func readsAndWritesSizes(text: String, bytes: Int) {
        #expect(SizeText.parse(text) == bytes)
        #expect(SizeText.format(bytes) == text)
    }

    @Test(arguments: ["", "512", "KiB", "-1B", "1.5GB", "2 GB", "2gb", "99999999TiB", "999999999999999999999B"])
    func refusesOtherSizes(text: String) {
        #expect(SizeText.parse(text) == nil)
    }
}
