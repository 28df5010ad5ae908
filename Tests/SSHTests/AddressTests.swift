import Foundation
import SSH
import TestServers
import Testing

@Suite struct AddressTests {
    @Test(arguments: ["::1", "[::1]", "::1%1", "127.0.0.1", "127.1.2.3", "localhost"])
    func connectsByIPv4AndIPv6AndName(address: String) throws {
        var options = SSHServer.Options()
        options.listenAddresses = ["0.0.0.0", "::1"]
        let server = try SSHServer(options)
        let session = try SSHSession(
            server.target {
                $0.address = address
                $0.knownHostsFiles = ["\(server.folder.path)/new"]
                $0.hostKeyPolicy = .acceptNew
            }
        )
        #expect(["::1", "::1%1", "127.0.0.1", "127.1.2.3"].contains(session.remoteAddress))
        #expect(try session.run("echo in").outputText == "in\n")
    }

    @Test func theSecondAddressOfANameServesWhereTheFirstRefuses() throws {
        // localhost is ::1 and 127.0.0.1; only one of them listens.
        for address in ["127.0.0.1", "::1"] {
            var options = SSHServer.Options()
            options.listenAddresses = [address]
            let server = try SSHServer(options)
            let hosts = try String(contentsOfFile: "/etc/hosts", encoding: .utf8)
            guard address == "127.0.0.1" || hosts.contains(/::1\s+.*localhost\b/) else { continue }
            let session = try SSHSession(
                server.target {
                    $0.address = "localhost"
                    $0.knownHostsFiles = ["\(server.folder.path)/new"]
                    $0.hostKeyPolicy = .acceptNew
                }
            )
            #expect(session.remoteAddress == address)
        }
    }
}
