import Foundation
import SSH
import Synchronization
import TestServers
import Testing

/// Hosts behind a bastion: two real sshds, the inner one on an address of its own.
@Suite struct JumpTests {
    @Test func aHostIsReachedThroughABastionThatMayForwardThereOnly() throws {
        let probe = try JumpSite()
        let site = try JumpSite(["PermitOpen 127.0.0.2:*"])
        let session = try site.session()
        #expect(try session.run("echo inside; exit 3").outputText == "inside\n")
        #expect(session.hostKeyFingerprint.hasPrefix("SHA256:") && session.remoteAddress == "127.0.0.2")
        // It is the bastion that connects there.
        #expect(site.inner.log.contains("Accepted publickey"))
        #expect(site.served.connectionCount == 1)
        let error = try failure {
            _ = try SSHSession(probe.outer.target("elsewhere"), through: site.served)
        }
        #expect(error.kind == .forwardingRefused && error.description.contains("PermitOpen 127.0.0.1:"))
        #expect(try session.run("echo on").outputText == "on\n")
        #expect(site.served.end())
    }

    @Test func aChainOfBastionsIsClimbedHopByHop() throws {
        let site = try JumpSite()
        var options = SSHServer.Options()
        options.listenAddresses = ["127.0.0.3"]
        let middle = try SSHServer(options)
        let second = ServedBastion(
            middle.target("second") { $0.address = "127.0.0.3" },
            through: site.served.bastion
        )
        let session = try SSHSession(site.target(), through: second)
        #expect(try session.run("echo deep").outputText == "deep\n")
        #expect(middle.log.contains("Accepted publickey"))
        // The first hop is to blame for what is behind it.
        let processes = site.outer.connectionProcesses()
        site.outer.stop()
        for process in processes { kill(process, SIGKILL) }
        #expect(
            try eventually {
                let error = try failure { _ = try SSHSession(site.target(), through: second) }
                return error.description.hasPrefix("web-3: \(site.through)connecting to 127.0.0.1:")
            }
        )
    }

    @Test func dropbearIsABastionToo() throws {
        let site = try JumpSite()
        let dropbear = try DropbearServer()
        let served = ServedBastion(
            SSHTarget(
                name: "bastion",
                address: "127.0.0.1",
                port: UInt16(dropbear.port),
                user: dropbear.user,
                credentials: SSHCredentials(keyFile: dropbear.keyFile),
                knownHostsFiles: [dropbear.knownHostsFile],
                timeout: .seconds(30)
            )
        )
        let session = try SSHSession(site.target(), through: served)
        let input = [UInt8](repeating: 3, count: 2_000_000)
        #expect(try session.run("cat", input: input, outputLimit: .max).output == input)
        var closed = site.target("closed")
        closed.port = UInt16(try LoopbackPort.free())
        let error = try failure { _ = try SSHSession(closed, through: served) }
        #expect(error.kind == .notConnected)
        #expect(try session.run("echo on").outputText == "on\n")
    }

    @Test func manyHostsShareOneSessionOfTheBastion() throws {
        let site = try JumpSite(["MaxSessions 1"])
        // The inner sshd shall take all of them at once.
        let count = 30
        let group = DispatchGroup()
        let outputs = Outputs()
        for number in 0..<count {
            group.enter()
            Thread.detachNewThread {
                defer { group.leave() }
                do {
                    var session: SSHSession?
                    // sshd drops connections at random when ten are not logged in yet.
                    while session == nil {
                        do throws(SSHError) {
                            session = try SSHSession(site.target("host-\(number)"), through: site.served)
                        } catch {
                            guard error.kind == .closedDuringHandshake else { throw error }
                        }
                    }
                    for round in 0..<3 {
                        outputs.add(try session?.run("echo \(number).\(round)").outputText ?? "")
                    }
                } catch {
                    outputs.add("\(error)")
                }
            }
        }
        #expect(group.wait(timeout: .now() + 50) == .success)
        let expected = (0..<count).flatMap { number in (0..<3).map { "\(number).\($0)\n" } }
        #expect(Set(outputs.all) == Set(expected))
        #expect(site.served.connectionCount == 1)
        #expect(site.outer.log.components(separatedBy: "Accepted publickey").count == 2)
    }
}

final class Outputs: Sendable {
    private let texts = Mutex<[String]>([])
    func add(_ text: String) { texts.withLock { $0.append(text) } }
    var all: [String] { texts.withLock { $0 } }
}
