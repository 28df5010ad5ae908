import Foundation
import SSH
import TestServers
import Testing

extension SSHServer {
    /// A target for this server with the key that it knows.
    func target(
        _ name: String = "web-1",
        timeout: Duration = .seconds(60),
        _ change: (inout SSHTarget) -> Void = { _ in }
    ) -> SSHTarget {
        var target = SSHTarget(
            name: name,
            address: "127.0.0.1",
            port: UInt16(port),
            user: user,
            credentials: SSHCredentials(keyFile: keyFile),
            knownHostsFiles: [knownHostsFile],
            timeout: timeout
        )
        change(&target)
        return target
    }
}

extension SSHSession {
    convenience init(_ target: SSHTarget, interrupt: Interrupt = Interrupt()) throws(SSHError) {
        try self.init(connectingTo: target, interrupt: interrupt)
    }
}

/// The error of an attempt that must fail.
func failure(_ body: () throws -> Void) throws -> SSHError {
    do {
        try body()
    } catch let error as SSHError {
        // Every message is one line that names the host and ends as a sentence.
        #expect(error.description.hasPrefix("\(error.host): "))
        #expect(!error.description.contains("\n"))
        return error
    }
    struct NothingFailed: Error {}
    throw NothingFailed()
}

extension ContinuousClock.Instant {
    static func after(_ seconds: Double) -> ContinuousClock.Instant { .now + .seconds(seconds) }
}

@Suite struct SessionTests {
    let server: SSHServer

    init() throws { server = try SSHServer() }

    @Test(arguments: ["yes", "yes >&2"])
    func aHostThatPrintsWithoutEndIsCutOff(command: String) throws {
        let session = try SSHSession(server.target())
        let start = ContinuousClock.now
        let error = try failure { _ = try session.run(command, outputLimit: 1_024, deadline: .after(0.5)) }
        #expect(error.kind == .timedOut)
        #expect(start.duration(to: .now) < .seconds(5))
    }

    @Test func aHostThatPrintsWithoutEndIsInterrupted() throws {
        let interrupt = Interrupt()
        let session = try SSHSession(server.target(), interrupt: interrupt)
        let thread = Thread {
            usleep(200_000)
            interrupt.raise()
        }
        thread.start()
        let error = try failure { _ = try session.run("yes", outputLimit: 1_024, deadline: .after(30)) }
        #expect(error.kind == .interrupted)
    }

    @Test func runsACommandAndTellsHowItEnded() throws {
        var steps: [SSHError.Step] = []
        let session = try SSHSession(connectingTo: server.target(), interrupt: Interrupt()) { step, duration in
            #expect(duration > .zero)
            steps.append(step)
        }
        #expect(steps == [.resolve, .connect, .handshake, .hostKey, .authenticate])
        let result = try session.run("cat; echo out; echo err >&2; exit 3", input: Array("in\n".utf8))
        #expect(result.outputText == "in\nout\n")
        #expect(result.standardErrorText == "err\n")
        #expect(result.exit == .status(3))
        #expect(session.remoteAddress == "127.0.0.1")
        #expect(session.authenticatedBy.hasPrefix("publickey"))
        let printed = try SSHServer.run("ssh-keygen", ["-lf", "\(server.folder.path)/host_ed25519.pub"])
        #expect(printed.contains(" \(session.hostKeyFingerprint) "))
        #expect(try session.run("kill -TERM $$").exit == .signal("TERM"))
    }

    @Test func oneSessionRunsManyCommandsOneAfterAnother() throws {
        let session = try SSHSession(server.target())
        for number in 0..<30 {
            #expect(try session.run("echo \(number)").outputText == "\(number)\n")
        }
    }

    @Test func inputAndOutputOfSeveralMegabytesPassAtTheSameTime() throws {
        let session = try SSHSession(server.target(timeout: .seconds(30)))
        let input = [UInt8](repeating: 7, count: 3_000_000) + [UInt8](repeating: 9, count: 3_000_000)
        let result = try session.run("tee /dev/stderr", input: input, outputLimit: .max)
        #expect(result.output == input)
        #expect(result.standardError == input.suffix(SSHChannel.standardErrorLimit))
    }

    @Test func outputBeyondTheLimitIsDropped() throws {
        let session = try SSHSession(server.target())
        let result = try session.run("head -c 3000000 /dev/zero; exit 7", outputLimit: 1_000)
        #expect(result.output == [UInt8](repeating: 0, count: 1_000))
        #expect(result.isTruncated)
        #expect(result.exit == .status(7))
    }

    @Test func aCommandThatReadsNoInputStillTellsItsStatus() throws {
        let session = try SSHSession(server.target())
        let result = try session.run("exit 4", input: [UInt8](repeating: 1, count: 4_000_000))
        #expect(result.exit == .status(4))
    }

    @Test func aKeptChannelAnswersAndEndsWithItsCommand() throws {
        let session = try SSHSession(server.target())
        let channel = try session.start("echo ready >&2; while read line; do echo \"<$line>\"; done; exit 5")
        for number in 0..<50 {
            try channel.write(Array("\(number)\n".utf8), deadline: .after(5))
            var answer: [UInt8] = []
            while answer.last != 10 { _ = try channel.read(appendingTo: &answer, deadline: .after(5)) }
            #expect(String(decoding: answer, as: UTF8.self) == "<\(number)>\n")
        }
        #expect(channel.takeStandardError() == Array("ready\n".utf8))
        try channel.finishInput(deadline: .after(5))
        #expect(try channel.read(deadline: .after(5)).isEmpty)
        #expect(try channel.waitForExit(deadline: .after(5)) == .status(5))
        channel.close(deadline: .after(5))
        #expect(try session.run("echo on").outputText == "on\n")
    }

    @Test func aReadThatReachesItsDeadlineLeavesTheChannelUsable() throws {
        let session = try SSHSession(server.target())
        let channel = try session.start("cat")
        let start = ContinuousClock.now
        let error = try failure { _ = try channel.read(deadline: .after(0.1)) }
        #expect(error.kind == .timedOut && error.step == .transfer)
        #expect(start.duration(to: .now) < .seconds(2))
        try channel.write([65], deadline: .after(5))
        #expect(try channel.read(deadline: .after(5)) == [65])
    }

    @Test func aCommandDoesNotOutliveItsDeadlineAndTheNextOneRuns() throws {
        let session = try SSHSession(server.target())
        let error = try failure { _ = try session.run("sleep 60", deadline: .after(0.2)) }
        #expect(error.kind == .timedOut)
        #expect(try session.run("echo next").outputText == "next\n")
    }

    @Test func idleWaitEndsByDeadlineAndByWhatComes() throws {
        let session = try SSHSession(server.target())
        let channel = try session.start("read line; echo unasked; read line")
        #expect(try session.waitWhileIdle(until: .after(0.05)) == .deadline)
        try channel.write([10], deadline: .after(5))
        #expect(try session.waitWhileIdle(until: .after(5)) == .readable)
        #expect(try channel.read(deadline: .after(5)) == Array("unasked\n".utf8))
        #expect(try session.waitWhileIdle(until: .after(0.05)) == .deadline)
    }

    @Test func anInterruptEndsEveryWaitAtOnce() throws {
        let interrupt = Interrupt()
        let session = try SSHSession(server.target(), interrupt: interrupt)
        let channel = try session.start("cat")
        let start = ContinuousClock.now
        Thread.detachNewThread {
            usleep(50_000)
            interrupt.raise()
        }
        #expect(try failure { _ = try channel.read(deadline: .after(30)) }.kind == .interrupted)
        #expect(try session.waitWhileIdle(until: .after(30)) == .interrupted)
        #expect(start.duration(to: .now) < .seconds(5))
        interrupt.lower()
        #expect(try session.waitWhileIdle(until: .after(0.01)) == .deadline)
    }

    @Test func closingASessionLeavesItsChannelsWithAnError() throws {
        let session = try SSHSession(server.target())
        let channel = try session.start("cat")
        session.close()
        #expect(try failure { _ = try channel.read(deadline: .after(1)) }.kind == .connectionLost)
        channel.close(deadline: .after(1))
    }

    @Test func theServersKeepalivesAreAnsweredWhileIdle() throws {
        var options = SSHServer.Options()
        options.configuration = ["ClientAliveInterval 1", "ClientAliveCountMax 1"]
        let server = try SSHServer(options)
        let session = try SSHSession(server.target())
        let channel = try session.start("cat")
        #expect(try session.waitWhileIdle(until: .after(3.2)) == .deadline)
        try channel.write([66], deadline: .after(5))
        #expect(try channel.read(deadline: .after(5)) == [66])
    }
}
