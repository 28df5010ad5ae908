import Foundation
import SSH
import TestServers
import Testing

/// What goes wrong on the way to a host, with the real thing that causes it.
@Suite struct FailureTests {
    private func target(_ address: String, _ port: Int, timeout: Duration = .seconds(1)) -> SSHTarget {
        SSHTarget(
            name: "web-3",
            address: address,
            port: UInt16(port),
            user: "nobody",
            credentials: SSHCredentials(),
            knownHostsFiles: [],
            timeout: timeout
        )
    }

    private func connect(_ target: SSHTarget) throws -> SSHError {
        let start = ContinuousClock.now
        let error = try failure { _ = try SSHSession(target) }
        #expect(start.duration(to: .now) < target.timeout + .seconds(5))
        #expect(error.host == "web-3")
        return error
    }

    @Test func aClosedPort() throws {
        let error = try connect(target("127.0.0.1", LoopbackPort.free()))
        #expect(error.kind == .connectionRefused && error.step == .connect && error.isTransient)
        #expect(error.description.contains("sshd runs"))
    }

    @Test func noRoute() throws {
        // Multicast is nothing that TCP can reach.
        let error = try connect(target("224.0.0.1", 22))
        #expect(error.kind == .unreachable && error.isTransient)
        #expect(error.description.contains("224.0.0.1:22"))
    }

    @Test func aNameThatDoesNotExist() throws {
        let error = try connect(target("no-such-host.invalid", 22, timeout: .seconds(5)))
        #expect(error.step == .resolve)
        #expect([.nameNotFound, .nameResolutionFailed, .timedOut].contains(error.kind))
        #expect(error.description.contains("no-such-host.invalid"))
        #expect(try connect(target("", 22)).kind == .nameNotFound)
    }

    @Test func aServerThatSaysNothing() throws {
        let server = try OddServer()
        let error = try connect(target("127.0.0.1", server.port, timeout: .milliseconds(300)))
        #expect(error.kind == .timedOut && error.step == .handshake && error.isTransient)
        #expect(error.description.contains("says nothing"))
    }

    @Test(arguments: [true, false])
    func aServerOfAnotherProtocol(closes: Bool) throws {
        let server = try OddServer(says: "220 mail.example.org ESMTP \u{1b}[31mready\r\n", closes: closes)
        let error = try connect(target("127.0.0.1", server.port, timeout: .milliseconds(300)))
        #expect(error.kind == .notSSH && !error.isTransient)
        #expect(error.description.contains("220 mail.example.org ESMTP ?[31mready"))
    }

    @Test func aServerThatClosesAtOnceIsTriedAgainSoon() throws {
        for text in ["", "Exceeded MaxStartups\r\n", "SSH-2.0-OpenSSH_9.2\r\n"] {
            let server = try OddServer(says: text, closes: true)
            let error = try connect(target("127.0.0.1", server.port))
            #expect(error.kind == .closedDuringHandshake && error.isTransient, "\(text)")
            #expect(error.description.contains("MaxStartups"))
        }
    }

    @Test func sshdsMaxStartupsIsTold() throws {
        var options = SSHServer.Options()
        options.configuration = ["MaxStartups 1:100:1"]
        let server = try SSHServer(options)
        // Another client takes the only place: it connects and does not log in.
        let other = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(server.port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(other, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        #expect(connected == 0)
        var banner = [UInt8](repeating: 0, count: 64)
        #expect(recv(other, &banner, banner.count, 0) > 0)
        let error = try failure { _ = try SSHSession(server.target()) }
        close(other)
        #expect(error.kind == .closedDuringHandshake && error.isTransient)
    }

    @Test func noAlgorithmInCommon() throws {
        var options = SSHServer.Options()
        options.configuration = ["KexAlgorithms sntrup761x25519-sha512@openssh.com"]
        let server = try SSHServer(options)
        let error = try failure { _ = try SSHSession(server.target()) }
        #expect(error.kind == .noCommonAlgorithm && !error.isTransient)
    }

    @Test func maxSessionsUsedUp() throws {
        var options = SSHServer.Options()
        options.configuration = ["MaxSessions 1"]
        let server = try SSHServer(options)
        let session = try SSHSession(server.target())
        let channel = try session.start("cat")
        let error = try failure { _ = try session.run("echo") }
        #expect(error.kind == .channelRefused && error.step == .open && error.isTransient)
        #expect(error.description.contains("MaxSessions"))
        // The first channel does not mind, and its end makes room.
        try channel.write([65], deadline: .after(5))
        #expect(try channel.read(deadline: .after(5)) == [65])
        channel.close(deadline: .after(5))
        #expect(try session.run("echo on").outputText == "on\n")
    }

    @Test func aShellThatExitsAtOnce() throws {
        var options = SSHServer.Options()
        options.configuration = ["ForceCommand echo This account is not available; exit 1"]
        let server = try SSHServer(options)
        let result = try SSHSession(server.target()).run("uname -m")
        #expect(result.exit == .status(1))
        #expect(result.outputText == "This account is not available\n")
    }

    @Test func bannersDoNotDisturb() throws {
        var options = SSHServer.Options()
        let folder = try TestFolder("banner")
        let text = String(repeating: "Authorised use only!\n", count: 200)
        options.configuration = ["Banner \(try folder.file("banner", text))"]
        let server = try SSHServer(options)
        #expect(try SSHSession(server.target()).run("echo in").outputText == "in\n")
    }

    @Test func aStoppedServerIsNoticedAtTheDeadline() throws {
        let server = try SSHServer()
        let session = try SSHSession(server.target())
        let channel = try session.start("cat")
        let processes = server.connectionProcesses()
        #expect(!processes.isEmpty)
        for process in processes { kill(process, SIGSTOP) }
        defer { for process in processes { kill(process, SIGCONT) } }
        let start = ContinuousClock.now
        try channel.write([65], deadline: .after(0.3))
        #expect(try failure { _ = try channel.read(deadline: .after(0.3)) }.kind == .timedOut)
        #expect(try failure { _ = try session.run("echo", deadline: .after(0.3)) }.kind == .timedOut)
        #expect(!session.isUsable)
        session.close()
        #expect(start.duration(to: .now) < .seconds(5))
    }

    @Test func aStoppedServerIsNoticedDuringAnUpload() throws {
        let server = try SSHServer()
        let session = try SSHSession(server.target())
        for process in server.connectionProcesses() { kill(process, SIGSTOP) }
        defer { for process in server.connectionProcesses() { kill(process, SIGCONT) } }
        let start = ContinuousClock.now
        let error = try failure {
            try session.upload([UInt8](repeating: 1, count: 100_000), to: "/tmp/never", deadline: .after(0.3))
        }
        #expect(error.kind == .timedOut && error.step == .upload)
        #expect(start.duration(to: .now) < .seconds(5))
    }

    @Test func aKilledServerIsNoticedInTheMiddleOfARead() throws {
        let server = try SSHServer()
        let session = try SSHSession(server.target())
        let channel = try session.start("cat")
        let processes = server.connectionProcesses()
        Thread.detachNewThread {
            usleep(50_000)
            for process in processes { kill(process, SIGKILL) }
        }
        let error = try failure { _ = try channel.read(deadline: .after(20)) }
        #expect(error.kind == .connectionLost && error.isTransient)
        #expect(!session.isUsable)
        #expect(try failure { try channel.write([1], deadline: .after(1)) }.kind == .connectionLost)
        #expect(try failure { _ = try session.waitWhileIdle(until: .after(1)) }.kind == .connectionLost)
    }

    @Test func aKilledServerIsNoticedWhileIdle() throws {
        let server = try SSHServer()
        let session = try SSHSession(server.target())
        let channel = try session.start("cat")
        for process in server.connectionProcesses() { kill(process, SIGKILL) }
        let error = try failure {
            while true { _ = try session.waitWhileIdle(until: .after(10)) }
        }
        #expect(error.kind == .connectionLost)
        channel.close(deadline: .after(1))
    }
}
