import Testing
import Wire

struct PreambleScannerTests {
    private let banner = Array(
        "Welcome to Debian GNU/Linux\r\n\u{1b}[1m*** authorised use only ***\u{1b}[0m\nmetricsd-probe/1 ready\n".utf8
    )

    @Test func foundAtOnce() {
        var scanner = PreambleScanner()
        #expect(scanner.feed(Preamble.marker) == .found(rest: []))
    }

    @Test func foundBehindABannerWithTheFirstFramesBytesBehindIt() {
        var scanner = PreambleScanner()
        #expect(scanner.feed(banner + Preamble.marker + [1, 2, 3]) == .found(rest: [1, 2, 3]))
    }

    @Test func foundWhereverTheReadsAreSplit() {
        let all = banner + Preamble.marker + [9]
        for split in 0..<all.count - 1 {
            var scanner = PreambleScanner()
            #expect(scanner.feed(all[..<split]) == .needMore)
            #expect(scanner.feed(all[split...]) == .found(rest: [9]))
        }
    }

    @Test func foundByteByByte() {
        var scanner = PreambleScanner()
        for byte in banner + Preamble.marker.dropLast() { #expect(scanner.feed([byte]) == .needMore) }
        #expect(scanner.feed([0x0a]) == .found(rest: []))
    }

    @Test func beginningsOfAPreambleWithinABannerAreNoPreamble() {
        var scanner = PreambleScanner()
        let almost = Array("\n\u{1}metricsd-probe/\n\u{1}metricsd-probe/1 steady\n\n\u{1}metricsd-pro".utf8)
        #expect(scanner.feed(almost + Preamble.marker) == .found(rest: []))
    }

    @Test func anotherVersionIsNamed() {
        var scanner = PreambleScanner()
        #expect(scanner.feed(Array("hello\n\u{1}metricsd-probe/27 ready\n".utf8)) == .versionMismatch("27"))
    }

    @Test func aBannerJustWithinTheLimitIsSkippedALongerOneIsGivenUp() {
        let limit = PreambleScanner.maximumSkipped
        var scanner = PreambleScanner()
        #expect(scanner.feed([UInt8](repeating: 0x0a, count: limit)) == .needMore)
        #expect(scanner.feed(Preamble.marker) == .found(rest: []))
        scanner = PreambleScanner()
        #expect(scanner.feed([UInt8](repeating: 0x0a, count: limit + 1) + Preamble.marker) == .notFound)
        scanner = PreambleScanner()
        #expect(scanner.feed([UInt8](repeating: 0x78, count: 1 << 20)) == .notFound)
    }

    @Test func whatCameInsteadIsQuotedOnOneLine() {
        var scanner = PreambleScanner()
        _ = scanner.feed(Array("This account is\r\n\u{7}currently not available.\n".utf8))
        #expect(scanner.banner == "This account is currently not available.")
    }
}
