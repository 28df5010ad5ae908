import Alerts
import Configuration
import Foundation
import Journal
import LogBatches
import TestServers
import Testing

@testable import Monitor

/// Receivers without room: a full file system, and a quota.
@Suite struct FullReceiverTests {
    let bench: DeliveryBench

    init() throws { bench = try DeliveryBench() }

    @Test(arguments: [true, false])
    func aFullReceiverKeepsNothingHalf(tellsItsSpace: Bool) throws {
        var options = tellsItsSpace ? SSHServer.Options() : try .sftpServer("-P statvfs")
        options.mounts = ["mount -t tmpfs -o size=256k,mode=777 none \(bench.incoming)"]
        let server = try SSHServer(options)
        let big = try bench.close(numberedLines(50_000), as: "big.log")
        let small = try bench.close("small\n", as: "small.log")
        let drain = try bench.deliver(bench.settings(server))
        try bench.wait("the big one failed") { try bench.batch(big).state == .failed }
        try bench.waitUntilSent(small)
        drain.end()
        let reason = try #require(try bench.batch(big).lastError)
        #expect(reason.contains(tellsItsSpace ? "bytes are free" : "the server failed"), "\(reason)")
        #expect(bench.conditions.last { $0.failedBatches == 1 }?.waitingBytes == big.byteCount)
        // Seen in the server's own mounts.
        let inside = "/proc/\(server.processIdentifier)/root\(bench.incoming)"
        #expect(try FileManager.default.contentsOfDirectory(atPath: inside) == ["small.log"])
    }

    /// The file system has room, and only its answer to a write tells of the quota.
    @Test(.enabled(if: QuotaFileSystem.isPossible, "needs root, loop devices and btrfs"))
    func aQuotaIsNamedWithItsMendAndGoesWhenItIsRaised() throws {
        let quota = try QuotaFileSystem(limit: "1M")
        let server = try SSHServer()
        let big = try bench.close(numberedLines(200_000), as: "big.log")
        let small = try bench.close("small\n", as: "small.log")
        let drain = try bench.deliver(bench.settings(server, directory: quota.limited))
        try bench.wait("the big one failed") { try bench.batch(big).state == .failed }
        let reason = try #require(try bench.batch(big).lastError)
        #expect(reason.contains("writing") && reason.contains("raise the quota of \(server.user)"), "\(reason)")
        try bench.waitUntilSent(small)
        let left = try FileManager.default.contentsOfDirectory(atPath: quota.limited)
        #expect(left.filter { !$0.hasPrefix(".big.log.") } == ["small.log"])
        try quota.limit(to: "64M")
        try bench.waitUntilSent(big)
        drain.end()
        #expect(try String(contentsOfFile: "\(quota.limited)/big.log", encoding: .utf8) == numberedLines(200_000))
        #expect(try FileManager.default.contentsOfDirectory(atPath: quota.limited).count == 2)
    }
}
