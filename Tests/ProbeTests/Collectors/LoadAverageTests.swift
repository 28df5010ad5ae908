import Probe
import Testing

@Suite struct LoadAverageTests {
    @Test(arguments: Fixture.cases(of: "loadavg"))
    func yieldsWhatIsExpected(_ fixture: Fixture) throws {
        #expect(try fixture.result { LoadAverage(roots: $0) } == fixture.expected)
    }
}
