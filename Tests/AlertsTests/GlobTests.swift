import Alerts
import Testing

@Suite struct GlobTests {
    @Test(
        "A pattern takes what a shell would take, slashes included",
        arguments: [
            ("*", "", true), ("*", "/var", true), ("/var", "/var", true), ("/var", "/var/log", false),
            ("/var*", "/var/log", true), ("*log", "/var/log", true), ("/*/log", "/var/log", true),
            ("sd?", "sda", true), ("sd?", "sd", false), ("sd?1", "sdü1", true), ("*a*b*c", "xaybzc", true),
            ("*a*b*c", "xaybz", false), ("", "", true), ("", "x", false), ("\\*", "*", true), ("\\*", "x", false),
            ("Eth*", "eth0", false), ("a\\", "a\\", true), ("**", "anything", true),
        ] as [(String, String, Bool)]
    )
    func matches(_ pattern: String, _ text: String, _ expected: Bool) {
        #expect(Glob(pattern).matches(text) == expected)
    }

    @Test("A pattern of many stars ends in bounded time")
    func bounded() {
        let pattern = String(repeating: "a*", count: 50) + "b"
        #expect(Glob(pattern).matches(String(repeating: "a", count: 2_000)) == false)
    }
}
