import Probe
import Testing

@Suite struct MemoryInfoTests {
    @Test(arguments: Fixture.cases(of: "meminfo"))
    func yieldsWhatIsExpected(_ fixture: Fixture) throws {
        #expect(try fixture.result { MemoryInfo(roots: $0) } == fixture.expected)
    }
}
