import Probe
import Testing

@Suite struct NetworkInterfacesTests {
    @Test(arguments: Fixture.cases(of: "net_dev"))
    func yieldsWhatIsExpected(_ fixture: Fixture) throws {
        #expect(try fixture.result { NetworkInterfaces(roots: $0) } == fixture.expected)
    }
}
