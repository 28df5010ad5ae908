import Probe
import Testing

@Suite struct PressureTests {
    @Test(arguments: Fixture.cases(of: "pressure"))
    func yieldsWhatIsExpected(_ fixture: Fixture) throws {
        #expect(try fixture.result { Pressure(roots: $0) } == fixture.expected)
    }
}
