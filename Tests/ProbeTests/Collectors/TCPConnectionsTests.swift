import Glibc
import Probe
import Testing

@Suite struct TCPConnectionsTests {
    @Test(arguments: Fixture.cases(of: "tcp"))
    func yieldsWhatIsExpected(_ fixture: Fixture) throws {
        #expect(try fixture.result { TCPConnections(roots: $0) } == fixture.expected)
    }

    @Test func seesASocketThatListens() throws {
        let socket = try BoundSocket()
        defer { socket.close() }
        let collector = TCPConnections(roots: .system)
        collector.metrics[0].number = 0
        let before = collector.reading(atSeconds: 1)
        #expect(before.contains("tcp_connections{listen} "))
        #expect(!before.contains("tcp_connections{listen} 0\n"))
    }

    /// A TCP socket that listens on a port of loopback.
    private struct BoundSocket {
        let descriptor: Int32

        init() throws {
            descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            try #require(bound == 0 && listen(descriptor, 1) == 0)
        }

        func close() { _ = Glibc.close(descriptor) }
    }
}
