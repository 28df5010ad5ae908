import TestServers
import Testing

@testable import Monitor

struct CommandOutputTests {
    @Test(arguments: [
        ("42\n", 42.0),
        ("queue depth: 17 messages", 17),
        ("load -1.5e3 now", -1500),
        ("eth0 carries 12ms", 12),
        ("DISK OK - free space: / 3326 MB (56%)", 3326),
        ("97.5%", 97.5),
        (".5", 0.5),
        ("It was 5.", 5),
        ("\n\n  7", 7),
    ])
    func theFirstNumberIsTheValue(output: String, value: Double) {
        #expect(CommandOutput(Array(output.utf8)).value == value)
    }

    @Test(arguments: ["", "no numbers here", "eth0 sda1 v2", "10.0.0.1", "2026-11-20", "---", "1e999"])
    func wordsAddressesAndDatesAreNoNumbers(output: String) {
        #expect(CommandOutput(Array(output.utf8)).value == nil)
    }

    @Test func performanceDataIsReadWithItsThresholds() {
        let output = CommandOutput(
            Array("DISK OK - 56% | /=2643MB;5948;5958;0;5968 'the ''big'' one'=3%;;90 broken= u=U time=0.003s\n".utf8)
        )
        #expect(output.value == 56)
        #expect(
            output.performanceData == [
                .init(label: "/", value: 2643, unit: "MB", warning: "5948", critical: "5958"),
                .init(label: "the 'big' one", value: 3, unit: "%", warning: "", critical: "90"),
                .init(label: "time", value: 0.003, unit: "s", warning: "", critical: ""),
            ]
        )
    }

    @Test func performanceDataOfFurtherLinesCounts() {
        let output = CommandOutput(Array("OK | a=1\nlong text\nmore | b=2 c=3".utf8))
        #expect(output.performanceData.map(\.label) == ["a", "b", "c"])
        #expect(output.value == nil)
    }

    /// Foreign bytes: any output at all is read without a trap.
    @Test func anyBytesAreRead() {
        var generator = SeededGenerator(seed: 20_261_120)
        let alphabet = Array("|'=;% -+.eE0189abU\n\t\r\u{00}é".utf8) + [0xff, 0xc3]
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...40, using: &generator)
            let bytes = (0..<length).map { _ in alphabet.randomElement(using: &generator)! }
            let output = CommandOutput(bytes)
            #expect(output.value?.isFinite ?? true)
            #expect(output.performanceData.allSatisfy { !$0.label.isEmpty && $0.value.isFinite })
        }
    }
}
