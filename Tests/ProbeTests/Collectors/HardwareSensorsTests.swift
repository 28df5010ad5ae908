import Probe
import Testing

@Suite struct HardwareSensorsTests {
    @Test(arguments: Fixture.cases(of: "hwmon"))
    func yieldsWhatIsExpected(_ fixture: Fixture) throws {
        #expect(try fixture.result { HardwareSensors(roots: $0) } == fixture.expected)
    }
}
