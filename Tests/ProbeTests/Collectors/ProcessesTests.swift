import Probe
import Testing

@Suite struct ProcessesTests {
    @Test(arguments: Fixture.cases(of: "processes"))
    func yieldsWhatIsExpected(_ fixture: Fixture) throws {
        #expect(try fixture.result { Processes(roots: $0) } == fixture.expected)
    }

    @Test func namesOfProcessesAreAllDigits() {
        #expect(Processes.isProcess("1"))
        #expect(Processes.isProcess("4194303"))
        for name in ["", "self", "1a", ".", "-1", "12 "] { #expect(!Processes.isProcess(name)) }
    }
}
