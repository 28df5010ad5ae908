import Probe
import Testing

@Suite struct UptimeTests {
    @Test(arguments: Fixture.cases(of: "uptime"))
    func yieldsWhatIsExpected(_ fixture: Fixture) throws {
        #expect(try fixture.result { Uptime(roots: $0) } == fixture.expected)
    }
}
