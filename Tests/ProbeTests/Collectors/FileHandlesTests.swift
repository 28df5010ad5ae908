import Probe
import Testing

@Suite struct FileHandlesTests {
    @Test(arguments: Fixture.cases(of: "file-nr"))
    func yieldsWhatIsExpected(_ fixture: Fixture) throws {
        #expect(try fixture.result { FileHandles(roots: $0) } == fixture.expected)
    }
}
