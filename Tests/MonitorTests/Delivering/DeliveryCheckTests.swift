import Configuration
import Foundation
import TestServers
import Testing

@testable import Monitor

@Suite struct DeliveryCheckTests {
    let bench: DeliveryBench

    init() throws { bench = try DeliveryBench() }

    @Test func eachStepIsToldAndNothingIsLeft() throws {
        for (server, directory, hashed) in [
            (try SSHServer(), bench.incoming, "SHA-256 there"),
            (try SSHServer(.sftpOnly(sharing: bench.incoming)), "/in", "by their size"),
        ] {
            let result = DeliveryCheck(bench.settings(server, directory: directory)).run()
            #expect(result.succeeded)
            let steps = result.text.split(separator: "\n").dropFirst().map {
                String($0.split(separator: " ", omittingEmptySubsequences: true)[1])
            }
            #expect(steps.suffix(6) == ["sftp", "directory", "write", "hash", "rename", "remove"], "\(result.text)")
            #expect(result.text.hasPrefix("delivery edw (\(server.user)@127.0.0.1:\(server.port))\n"))
            #expect(result.text.contains(hashed) && result.text.contains("MB free"))
            #expect(try bench.received().isEmpty)
        }
    }

    @Test func aFailureHasItsMend() throws {
        let server = try SSHServer()
        let missing = DeliveryCheck(bench.settings(server, directory: "/nowhere/at/all")).run()
        #expect(!missing.succeeded && missing.text.contains("FAIL") && missing.text.contains("Make it on the receiver"))
        let readOnly = try SSHServer(.sftpServer("-R"))
        let refused = DeliveryCheck(bench.settings(readOnly)).run()
        #expect(!refused.succeeded && refused.text.contains("permission denied"))
        server.stop()
        let away = DeliveryCheck(bench.settings(server)).run()
        #expect(!away.succeeded && away.text.contains("connection refused"))
    }
}
