import Foundation
import SSH
import Synchronization
import TestServers
import Testing

/// Hosts that do not answer, at a gate with one place.
@Suite struct DeadHostTests {
    private let gate = HandshakeGate(total: 1, perAddress: 1)
    private let interrupt = Interrupt()

    private func target(_ port: Int, address: String = "127.0.0.1", timeout: Duration) -> SSHTarget {
        SSHTarget(
            name: "dead",
            address: address,
            port: UInt16(port),
            user: "nobody",
            credentials: SSHCredentials(),
            knownHostsFiles: [],
            timeout: timeout
        )
    }

    @Test func aDeadHostDoesNotHoldUpTheLiving() throws {
        let hole = try BlackHole()
        let server = try SSHServer()
        let attempt = Attempt(target(hole.port, timeout: .seconds(60)), interrupt, gate)
        wait { gate.load.inside == 1 }
        let start = ContinuousClock.now
        let session = try SSHSession(connectingTo: server.target(), interrupt: Interrupt(), gate: gate)
        #expect(start.duration(to: .now) < .seconds(20))
        #expect(try session.run("echo in").outputText == "in\n")
        // The dead one still knocks, outside the gate.
        #expect(!attempt.isOver && gate.load == (0, 0))
        interrupt.raise()
        let error = try #require(attempt.error)
        #expect(error.step == .connect && error.kind == .interrupted)
    }

    @Test func aLateConnectionWaitsForAPassBeforeTheHandshake() throws {
        let hole = try BlackHole()
        let attempt = Attempt(target(hole.port, timeout: .seconds(5)), interrupt, gate)
        wait { gate.load.inside == 1 }
        wait { gate.load.inside == 0 }
        let pass = try #require(gate.enter("other", interrupt: interrupt))
        hole.open()
        wait { gate.load.waiting == 1 }
        #expect(gate.load == (1, 1) && !attempt.isOver)
        // Some other host that comes later and is not connected goes behind it.
        let later = Attempt(target(try LoopbackPort.free(), timeout: .seconds(60)), interrupt, gate)
        wait { gate.load.waiting == 2 }
        pass.release()
        let released = ContinuousClock.now
        wait { gate.load.inside == 1 }
        #expect(!later.isOver)
        let error = try #require(attempt.error)
        // The handshake got the time that was left when the connection stood.
        #expect(error.step == .handshake && error.kind == .timedOut)
        #expect(released.duration(to: .now) > .milliseconds(100))
        #expect(later.error?.kind == .connectionRefused)
        #expect(gate.load == (0, 0))
    }

    @Test func aLateConnectionIsInterruptedAtTheGate() throws {
        let hole = try BlackHole()
        let attempt = Attempt(target(hole.port, timeout: .seconds(60)), interrupt, gate)
        wait { gate.load.inside == 1 }
        wait { gate.load.inside == 0 }
        let pass = try #require(gate.enter("other", interrupt: interrupt))
        hole.open()
        wait { gate.load.waiting == 1 }
        interrupt.raise()
        let error = try #require(attempt.error)
        #expect(error.step == .queue && error.kind == .interrupted)
        pass.release()
        #expect(gate.load == (0, 0))
    }

    @Test func aNameThatDoesNotResolveNeedsNoPass() throws {
        let pass = try #require(gate.enter("other", interrupt: interrupt))
        let attempt = Attempt(target(22, address: "", timeout: .seconds(5)), interrupt, gate)
        #expect(try #require(attempt.error).step == .resolve)
        pass.release()
    }
}

/// A login in a thread of its own that is to fail.
private final class Attempt: Sendable {
    private let outcome = Mutex<SSHError?>(nil)

    init(_ target: SSHTarget, _ interrupt: Interrupt, _ gate: HandshakeGate) {
        Thread.detachNewThread {
            do throws(SSHError) {
                _ = try SSHSession(connectingTo: target, interrupt: interrupt, gate: gate)
            } catch {
                self.outcome.withLock { $0 = error }
            }
        }
    }

    var isOver: Bool { outcome.withLock { $0 != nil } }

    /// Waits for it.
    var error: SSHError? {
        wait { isOver }
        return outcome.withLock { $0 }
    }
}

private func wait(_ condition: () -> Bool) {
    let end = ContinuousClock.now + .seconds(30)
    while !condition(), ContinuousClock.now < end { usleep(500) }
}
