import LogBatches
import Testing
import Wire

@Suite struct BatchNameTests {
    /// 2026-11-21T10:00:00Z
    private static let morning = Timestamp(milliseconds: 1_795_255_200_000)

    private func name(
        _ pattern: String = BatchName.standardPattern,
        prefix: String = "access",
        host: String = "web-1",
        log: String = "access",
        address: String = "192.0.2.11",
        _ start: Timestamp = BatchNameTests.morning,
        seconds: Int = 1_200,
        part: Int = 1
    ) throws -> String {
        try BatchName(pattern).fileName(
            prefix: prefix,
            host: host,
            log: log,
            address: address,
            windowStart: start,
            windowSeconds: seconds,
            part: part
        )
    }

    @Test func theStandardNameSaysLogHourMinutesAndAddress() throws {
        #expect(try name() == "access_26112110_00-19_192.0.2.11.log")
        #expect(try name(part: 2) == "access_26112110_00-19_192.0.2.11-2.log")
        #expect(StoreSettings(prefix: "access").namePattern == BatchName.standardPattern)
    }

    @Test(
        arguments: [
            ("{host}.{log}.{yyyy-MM-dd}T{HHmmss}.log", "web-1.access.2026-11-21T100000.log"),
            ("{prefix}_{yyyyMMddTHHmm}", "access_20261121T1000"),
            ("{yyMMdd}_{HHmm-HHmm}.txt", "261121_1000-1019.txt"),
            ("{yyMMdd}_{HH:}", nil),
            ("x-{yyMMddHHmm-yyMMddHHmm}", "x-2611211000-2611211019"),
            ("{yy}{MM}{dd}{HH}{mm}{ss}-{ss-ss}", "261121100000-00-59"),
            ("{prefix}.part{part}.{yyMMddHHmm}.log", "access.part1.2611211000.log"),
        ] as [(String, String?)]
    )
    func fieldsMayBeJoined(pattern: String, expected: String?) {
        #expect((try? name(pattern)) == expected)
    }

    @Test(
        arguments: [
            // 2024-02-28T23:50Z and 2024-02-29T00:00Z, a day
            (1_709_164_200_000, 600, "240228_23_50-59"),
            (1_709_164_800_000, 86_400, "240229_00_00-59"),
            (1_709_164_800_000, 10, "240229_00_00-00"),
            // 2023-02-28T23:50Z, no leap day
            (1_677_628_200_000, 600, "230228_23_50-59"),
            // 1969-12-31T23:40Z
            (-1_200_000, 1_200, "691231_23_40-59"),
            // 2026-03-29T01:00Z, when Europe's clocks leap; 2026-10-25T01:00Z, when they fall back
            (1_774_746_000_000, 3_600, "260329_01_00-59"),
            (1_792_890_000_000, 3_600, "261025_01_00-59"),
        ] as [(Int64, Int, String)]
    )
    func timesAreUTC(start: Int64, seconds: Int, expected: String) throws {
        #expect(try name("{yyMMdd_HH}_{mm-mm}", Timestamp(milliseconds: start), seconds: seconds) == expected)
    }

    @Test func furtherPartsComeBeforeTheExtensionOfThePattern() throws {
        #expect(try name("{prefix}_{yyMMddHHmm}_{address}", part: 3) == "access_2611211000_192.0.2.11-3")
        #expect(try name("{yyMMddHHmm}.tar.log", part: 3) == "2611211000.tar-3.log")
        #expect(try name("{part}_{yyMMddHHmm}.log", part: 3) == "3_2611211000.log")
    }

    @Test func whatAShellOrAFileSystemCouldMisreadBecomesADash() throws {
        #expect(try name("{prefix}_{yyMMddHHmm}", prefix: "../a b/ü;$(x)") == "-.-a-b------x-_2611211000")
        #expect(try name("{address}_{yyMMddHHmm}", address: "2001:db8::1") == "2001-db8--1_2611211000")
    }

    @Test(arguments: [
        ("", "is empty"),
        ("logs/{prefix}", "slash"),
        (".{prefix}", "begins with a dot"),
        ("{prefix}.gz", "ends in .gz"),
        ("{prefix}_{yyMMddhh}", "unknown field {yyMMddhh}; the fields are {prefix}, {host}"),
        ("{Prefix}", "unknown field {Prefix}"),
        ("{}", "unknown field {}"),
        ("{-yy}", "unknown field {-yy}"),
        ("{prefix", "has no }"),
        ("prefix}", "without its {"),
        ("a\nb", "U+A"),
        ("a\u{0}b", "U+0"),
        ("a b", "\" \""),
        ("{prefix}" + String(repeating: "x", count: 190), "too long"),
        (String(repeating: "{host}", count: 17), "too long"),
        (String(repeating: "{part}", count: 19), "too long"),
    ])
    func aPatternThatIsNoneSaysWhy(pattern: String, part: String) {
        do throws(BatchName.Invalid) {
            _ = try BatchName(pattern)
            Issue.record("\(pattern) was taken")
        } catch {
            #expect(error.description.contains(part), "\(error)")
            #expect(!error.description.hasSuffix("."))
        }
    }

    @Test func longValuesAreCutButNeverWhatTellsWindowsAndPartsApart() throws {
        let long = String(repeating: "a", count: 253)
        var names: Set<String> = []
        for part in [1, 2, 3, 10, 1_000_000] {
            for step in 0..<4 {
                let start = Timestamp(milliseconds: Self.morning.milliseconds + Int64(step) * 1_200_000)
                for ending in ["x", "y"] {
                    let name = try name(
                        "{host}_{prefix}_{yyMMddHH}_{mm-mm}_{address}.log",
                        prefix: long + ending,
                        address: long,
                        start,
                        part: part
                    )
                    #expect(name.utf8.count <= 200)
                    #expect(name.hasSuffix(part == 1 ? ".log" : "-\(part).log"))
                    #expect(name.hasPrefix("web-1_"))
                    #expect(names.insert(name).inserted)
                }
            }
        }
    }

    // MARK: Windows that would share a name

    @Test(arguments: [
        (BatchName.standardPattern, 1_200),
        (BatchName.standardPattern, 60),
        (BatchName.standardPattern, 3_600),
        (BatchName.standardPattern, 86_400),
        ("{yyMMdd}", 86_400),
        ("{yyyyMMddHH}", 3_600),
        ("{yyyyMMddHH}", 5_400),
        ("{yyMMddHHmmss}", 10),
        ("{yyMMddHH}_{mmss-mmss}", 10),
    ])
    func aPatternThatShowsEnoughHasNoFinding(pattern: String, seconds: Int) {
        #expect(BatchName.findings(pattern: pattern, window: .seconds(seconds)) == nil)
    }

    @Test(arguments: [
        (BatchName.standardPattern, 10, "{ss}"),
        ("{yyMMddHH}", 1_200, "{mm-mm}"),
        ("{yyMMdd}", 3_600, "{HH}"),
        ("{yyMM}", 86_400, "{dd}"),
        ("{MMddHHmm}", 1_200, "{yy}"),
        ("{yyddHHmm}", 1_200, "{MM}"),
        ("{prefix}.log", 1_200, "{yyMMddHHmm}"),
    ])
    func aPatternThatShowsTooLittleSaysWhatToAdd(pattern: String, seconds: Int, addition: String) throws {
        let finding = try #require(BatchName.findings(pattern: pattern, window: .seconds(seconds)))
        #expect(finding.contains("would both be called "))
        #expect(finding.hasSuffix("; add \(addition)"), "\(finding)")
        let mended = pattern + addition
        #expect(BatchName.findings(pattern: mended, window: .seconds(seconds)) == nil)
    }

    /// The finding is right: names are compared over two years and more.
    @Test(arguments: [1_200, 3_600, 5_400, 43_200, 86_400])
    func namesDifferExactlyWhereThereIsNoFinding(seconds: Int) throws {
        for pattern in ["{yyMMddHHmm}", "{yyMMddHH}", "{yyMMdd}", "{yyMM}", "{MMddHHmm}", "{yyHHddmm}"] {
            let name = try BatchName(pattern)
            var names: Set<String> = []
            var shared = false
            let count = 800 * 86_400 / seconds
            for number in stride(from: 0, to: count, by: 1) {
                let start = Timestamp(milliseconds: 1_735_689_600_000 + Int64(number * seconds) * 1_000)
                let file = name.fileName(
                    prefix: "",
                    host: "",
                    log: "",
                    address: "",
                    windowStart: start,
                    windowSeconds: seconds,
                    part: 1
                )
                if !names.insert(file).inserted {
                    shared = true
                    break
                }
            }
            let finding = BatchName.findings(pattern: pattern, window: .seconds(seconds))
            #expect((finding != nil) == shared, "\(pattern), \(seconds) s: \(finding ?? "none")")
        }
    }
}
