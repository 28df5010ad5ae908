import Foundation
import SSH
import TestServers
import Testing

/// What can go wrong on the way, and who is told to be at fault.
@Suite struct JumpFailureTests {
    @Test func aTargetThatRefusesIsNotTheBastionsFailure() throws {
        let site = try JumpSite()
        var closed = site.target()
        closed.port = UInt16(try LoopbackPort.free())
        let error = try failure { _ = try SSHSession(closed, through: site.served) }
        #expect(error.kind == .notConnected && error.step == .connect && error.isTransient && !error.bastionFailed)
        #expect(
            error.description.hasPrefix(
                "web-3: \(site.through)connecting to 127.0.0.2:\(closed.port): the bastion cannot connect"
            ),
            "\(error)"
        )
        #expect(site.served.bastion.failure == nil)
        #expect(try site.session().run("echo in").outputText == "in\n")
    }

    @Test func aBastionThatMustNotForwardIsToldWithTheMend() throws {
        let site = try JumpSite(["AllowTcpForwarding no"])
        let error = try failure { _ = try site.session() }
        #expect(error.kind == .forwardingRefused && !error.isTransient && !error.bastionFailed)
        #expect(error.description.hasPrefix("web-3: \(site.through)") && error.mend.contains("AllowTcpForwarding"))
    }

    @Test func aLoginThatTheBastionRefusesIsTheBastionsFailure() throws {
        let site = try JumpSite()
        let other = try SSHServer()
        let served = ServedBastion(site.outer.target("bastion") { $0.credentials.keyFile = other.keyFile })
        let error = try failure { _ = try SSHSession(site.target(), through: served) }
        #expect(error.kind == .authenticationRefused && error.bastionFailed)
        #expect(error.description.hasPrefix("web-3: \(site.through)login at 127.0.0.1:"), "\(error)")
        #expect(served.failureTexts.first?.hasPrefix("bastion: login at 127.0.0.1:") == true)
        #expect(site.inner.log.contains("Accepted") == false)
    }

    @Test func aBastionWithAnotherHostKeyIsNotUsed() throws {
        let site = try JumpSite()
        let other = try SSHServer()
        let key = try other.hostKey("ed25519").split(separator: " ").prefix(2).joined(separator: " ")
        let known = try site.outer.folder.file("other_hosts", "[127.0.0.1]:\(site.outer.port) \(key)\n")
        let served = ServedBastion(site.outer.target("bastion") { $0.knownHostsFiles = [known] })
        let error = try failure { _ = try SSHSession(site.target(), through: served) }
        #expect(error.kind == .hostKeyChanged && error.bastionFailed)
        #expect(error.description.hasPrefix("web-3: \(site.through)host key of"), "\(error)")
    }

    @Test func theHostBehindABastionHasToProveItsKeyToo() throws {
        let site = try JumpSite()
        var target = site.target()
        target.hostKeyPolicy = .pinned("SHA256:" + String(repeating: "A", count: 43))
        let error = try failure { _ = try SSHSession(target, through: site.served) }
        #expect(error.kind == .hostKeyChanged && !error.bastionFailed && error.address == "127.0.0.2:\(target.port)")
    }

    @Test func aKilledBastionCutsItsHostsAndTakesThemAgain() throws {
        let site = try JumpSite()
        let session = try site.session()
        let channel = try session.start("cat")
        for process in site.outer.connectionProcesses() { kill(process, SIGKILL) }
        let error = try failure { _ = try channel.read(deadline: .after(20)) }
        #expect(error.kind == .connectionLost)
        #expect(try #require(site.served.failureTexts.first).hasPrefix("bastion: connection to 127.0.0.1:"))
        #expect(site.served.bastion.awaitReturn(until: .after(20), interrupt: Interrupt()))
        #expect(try site.session().run("echo again").outputText == "again\n")
        #expect(site.served.connectionCount == 2)
    }

    @Test func aStoppedBastionIsNoticedByWhoeverAsks() throws {
        let site = try JumpSite(timeout: .seconds(3))
        let session = try site.session()
        let processes = site.outer.connectionProcesses()
        for process in processes { kill(process, SIGSTOP) }
        defer { for process in processes { kill(process, SIGCONT) } }
        let begin = ContinuousClock.now
        #expect(try failure { _ = try session.run("echo", deadline: .after(0.5)) }.kind == .timedOut)
        let error = try #require(site.served.bastion.failure(for: site.target(), interrupt: Interrupt()))
        #expect(error.description.hasPrefix("web-3: \(site.through)connection to 127.0.0.1:"), "\(error)")
        #expect(error.bastionFailed && error.detail.contains("does not answer"))
        #expect(begin.duration(to: .now) < .seconds(15))
        // A new session to it, whose process is not stopped.
        #expect(site.served.bastion.awaitReturn(until: .after(20), interrupt: Interrupt()))
        #expect(try site.session().run("echo again").outputText == "again\n")
    }

    /// It may have noticed before the host that goes through it.
    @Test func aBastionThatIsKnownToBeDownIsBlamedAtOnce() throws {
        let closed = try LoopbackPort.free()
        let site = try JumpSite()
        let served = ServedBastion(
            site.outer.target("bastion", timeout: .seconds(5)) { $0.port = UInt16(closed) },
            retry: .seconds(60)
        )
        #expect(try failure { _ = try SSHSession(site.target(), through: served) }.bastionFailed)
        #expect(served.bastion.failure != nil)
        let error = try #require(served.bastion.failure(for: site.target(), interrupt: Interrupt()))
        #expect(error.bastionFailed && error.description.hasPrefix("web-3: "), "\(error)")
        #expect(served.failureTexts.count == 1)
    }

    @Test func aHostThatFailsDoesNotBlameAHealthyBastion() throws {
        let site = try JumpSite()
        _ = try site.session()
        for process in site.inner.connectionProcesses() { kill(process, SIGKILL) }
        #expect(site.served.bastion.failure(for: site.target(), interrupt: Interrupt()) == nil)
        #expect(site.served.connectionCount == 1 && site.served.failureTexts.isEmpty)
    }

    @Test func anInterruptEndsTheWaitForABastion() throws {
        let hole = try BlackHole()
        let site = try JumpSite()
        let served = ServedBastion(site.outer.target("bastion", timeout: .seconds(60)) { $0.port = UInt16(hole.port) })
        let interrupt = Interrupt()
        Thread.detachNewThread {
            usleep(200_000)
            interrupt.raise()
        }
        let begin = ContinuousClock.now
        let error = try failure { _ = try SSHSession(site.target(), through: served, interrupt: interrupt) }
        #expect(error.kind == .interrupted && begin.duration(to: .now) < .seconds(10))
        #expect(served.end())
    }
}
