import Foundation
import SSH
import Synchronization
import TestServers
import Testing

/// What goes through a bastion at the same time.
@Suite struct TunnelTests {
    @Test func fiftyMegabytesArriveToTheByteBothWays() throws {
        // Rekeying happens in passing.
        let site = try JumpSite(["RekeyLimit 16M"])
        let session = try site.session(timeout: .seconds(60))
        let noise = try #require(FileHandle(forReadingAtPath: "/dev/urandom")).readData(ofLength: 50_000_000)
        let bytes = [UInt8](noise)
        let folder = try TestFolder("jump")
        let file = try folder.file("log", "")
        try noise.write(to: URL(fileURLWithPath: file))
        let begin = ContinuousClock.now
        let down = try session.run("cat \(file)", outputLimit: .max, deadline: .after(50))
        let half = ContinuousClock.now
        #expect(down.output == bytes && down.exit == .status(0))
        let up = try session.run("cat > \(file).2", input: bytes, deadline: .after(50))
        #expect(up.exit == .status(0))
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(file).2")) == noise)
        print("50 MB through the bastion: down \(begin.duration(to: half)), up \(half.duration(to: .now))")
        #expect(site.served.connectionCount == 1)
    }

    /// The socket pair of a tunnel is full at the end of one input in six or so; of these, one is met for certain.
    @Test func anEndOfInputThatFindsNoRoomIsSentLater() throws {
        let site = try JumpSite()
        let session = try site.session()
        for number in 0..<60 {
            let input = [UInt8](repeating: 1, count: 400_000 + number * 7_919)
            #expect(try session.run("wc -c", input: input, deadline: .after(20)).outputText == "\(input.count)\n")
        }
        #expect(site.served.connectionCount == 1)
    }

    @Test func aHostThatReadsNothingHoldsUpNobodyElse() throws {
        let site = try JumpSite()
        let deaf = try site.session("deaf")
        let mute = try site.session("mute")
        // What it prints fills the way to us, and nobody takes it.
        let flood = try deaf.start("cat /dev/zero")
        // What we send fills the way to a command that does not read.
        let sleeper = try mute.start("sleep 60")
        let stuck = try failure {
            try sleeper.write([UInt8](repeating: 0, count: 20_000_000), deadline: .after(1))
        }
        #expect(stuck.kind == .timedOut)
        let living = try site.session("living")
        let input = [UInt8](repeating: 5, count: 3_000_000)
        let begin = ContinuousClock.now
        #expect(try living.run("cat", input: input, outputLimit: .max).output == input)
        for number in 0..<20 { #expect(try living.run("echo \(number)").outputText == "\(number)\n") }
        #expect(begin.duration(to: .now) < .seconds(20))
        // The flood goes on where it stopped.
        var taken = 0
        while taken < 5_000_000 { taken += try flood.read(deadline: .after(10)).count }
    }

    @Test func aHostThatSwallowsPacketsHoldsUpNobodyElse() throws {
        let site = try JumpSite()
        let hole = try BlackHole()
        var dead = site.target("dead", timeout: .seconds(4))
        dead.address = "127.0.0.1"
        dead.port = UInt16(hole.port)
        let target = dead
        let outcome = Mutex<SSHError?>(nil)
        let attempt = { @Sendable in
            do throws(SSHError) {
                _ = try SSHSession(target, through: site.served)
            } catch {
                outcome.withLock { $0 = error }
            }
        }
        let first = try site.session("first")
        let before = try connecting(to: hole.port)
        Thread.detachNewThread(attempt)
        // It is being opened while another one comes.
        #expect(try eventually { try connecting(to: hole.port) > before })
        let begin = ContinuousClock.now
        #expect(try site.session("second").run("echo in").outputText == "in\n")
        #expect(begin.duration(to: .now) < .seconds(3.5))
        #expect(try first.run("echo on").outputText == "on\n")
        #expect(eventually { outcome.withLock { $0 != nil } })
        let error = try #require(outcome.withLock { $0 })
        #expect(error.kind == .timedOut && error.step == .connect && !error.bastionFailed, "\(error)")
        #expect(error.description.contains(site.through))
        #expect(site.served.connectionCount == 1)
        #expect(try site.session("third").run("echo in").outputText == "in\n")
    }

    /// How many wait for the answer to a SYN from 127.0.0.1 (SYN_SENT, 02 in `man 5 proc_net_tcp`).
    private func connecting(to port: Int) throws -> Int {
        let table = try #require(FileHandle(forReadingAtPath: "/proc/net/tcp")).readToEnd() ?? Data()
        let other = "0100007F:" + String(port + 0x10000, radix: 16, uppercase: true).dropFirst() + " 02 "
        return String(decoding: table, as: UTF8.self).split(separator: "\n").count { $0.contains(other) }
    }

    @Test func sessionsThatComeAndGoLeaveNothingBehind() throws {
        let site = try JumpSite()
        let kept = try site.session("kept")
        let before = try pairedSockets()
        for number in 0..<40 {
            let session = try site.session("host-\(number)")
            if number % 2 == 0 { _ = try session.start("cat /dev/zero") }
            session.close()
        }
        #expect(try kept.run("echo on").outputText == "on\n")
        // Another test may have some just then, but not one for each of these.
        #expect(try eventually { try pairedSockets() < before + 40 })
        // The bastion keeps no channel either: its connections to the host are closed.
        #expect(eventually { site.inner.connectionProcesses().count <= 2 })
    }

    /// Unix sockets of this process without a name on either side (`man 2 socketpair`), as ways through a bastion are.
    private func pairedSockets() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }.count {
            descriptor in
            [getsockname, getpeername].allSatisfy { name in
                var address = sockaddr()
                var length = socklen_t(MemoryLayout<sockaddr>.size)
                return name(descriptor, &address, &length) == 0 && address.sa_family == sa_family_t(AF_UNIX)
                    && length == MemoryLayout<sa_family_t>.size
            }
        }
    }
}
