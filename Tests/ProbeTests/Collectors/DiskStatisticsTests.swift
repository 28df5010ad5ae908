import Probe
import Testing

@Suite struct DiskStatisticsTests {
    @Test(arguments: Fixture.cases(of: "diskstats"))
    func yieldsWhatIsExpected(_ fixture: Fixture) throws {
        #expect(try fixture.result { DiskStatistics(roots: $0) } == fixture.expected)
    }
}
