import Foundation
import Testing

@testable import Configuration

/// Seeded mutations of the shipped file: whatever comes out, reading it ends soon, with settings or located errors.
struct MutationTests {
    /// SplitMix64 (Steele, Lea, Flood 2014): the same sequence everywhere.
    struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    static let fragments: [[UInt8]] =
        [
            "<", ">", "/>", "</", "\"", "'", "=", "&", "&amp;", "&#0;", "&#x110000;", "<!--", "-->", "--", "<![CDATA[",
            "]]>",
            "<!DOCTYPE x>", "<?x", "?>", "<host name=\"a\"/>", "<group>", "</group>", "</metricsd>", " port=\"0\"",
            " password=\"hunter2\"", "\u{0}", "\u{FEFF}", "\u{FFFF}", "é", "9999999999999999999", "-1", "ms",
        ].map { Array($0.utf8) } + [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]]

    @Test(arguments: [1, 2, 3, 4])
    func neverCrashesAndAlwaysSaysWhere(seed: UInt64) throws {
        // Without its comments the file is mostly grammar.
        let whole = try Array(ShippedConfigurationTests.text().utf8)
        let text = try ShippedConfigurationTests.text().replacing("<!-- example:", with: "").replacing("-->", with: "")
            .replacing("<!--", with: "")
        let grammar = Array(text.utf8)
        var random = Random(state: seed)
        let end = ContinuousClock.now + .seconds(1)
        var rounds = 0
        while ContinuousClock.now < end, rounds < 2_000 {
            rounds += 1
            var bytes = rounds % 2 == 0 ? whole : grammar
            for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&bytes, &random) }
            try read(bytes)
        }
        #expect(rounds > 10)
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout Random) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        let length = min(Int.random(in: 0...40, using: &random), bytes.count - place)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes.removeSubrange(place..<place + length)
        case 1: bytes.insert(contentsOf: MutationTests.fragments.randomElement(using: &random) ?? [], at: place)
        case 2: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
        case 3: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
        case 4: bytes.removeSubrange(place...)
        default:
            // Two stretches of the file change places.
            let other = Int.random(in: 0...bytes.count - length, using: &random)
            let moved = Array(bytes[place..<place + length])
            bytes.replaceSubrange(other..<other + length, with: moved)
        }
    }

    private func read(_ bytes: [UInt8]) throws {
        let findings = Findings(file: "server_config.xml")
        do throws(DocumentError) {
            let root = try DocumentParser.parse(bytes)
            let file = ConfigurationFile(path: "/nonexistent/server_config.xml", bytes: bytes)
            let reader = SettingsReader(
                root: root,
                file: file,
                account: FixtureTests.account,
                findings: findings
            )
            if let configuration = reader.read() {
                #expect(!configuration.hosts.isEmpty)
                #expect(configuration.warnings.allSatisfy { $0.severity == .warning })
                return
            }
        } catch {
            findings.error(at: error.location, error.what, allowed: error.allowed)
        }
        #expect(findings.hasErrors)
        for diagnostic in findings.sorted {
            #expect(!diagnostic.description.contains("hunter2"))
            #expect(!diagnostic.description.contains("\n"))
        }
    }
}
