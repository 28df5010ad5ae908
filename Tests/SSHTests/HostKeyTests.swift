import Foundation
import SSH
import Synchronization
import TestServers
import Testing

@Suite struct HostKeyTests {
    let server: SSHServer
    let folder: TestFolder

    init() throws {
        var options = SSHServer.Options()
        options.hostKeyTypes = ["ed25519", "ecdsa", "rsa"]
        server = try SSHServer(options)
        folder = try TestFolder("known")
    }

    private func key(_ type: String) throws -> String {
        try server.hostKey(type).split(separator: " ").prefix(2).joined(separator: " ")
    }

    private var name: String { "[127.0.0.1]:\(server.port)" }

    private func connect(_ lines: String, _ policy: HostKeyPolicy = .strict) throws -> SSHSession {
        let file = try folder.file("known_hosts", lines)
        return try SSHSession(
            server.target {
                $0.knownHostsFiles = ["\(folder.path)/missing", file]
                $0.hostKeyPolicy = policy
            }
        )
    }

    @Test(arguments: ["ed25519", "ecdsa"])
    func theKnownTypeIsAskedFor(type: String) throws {
        let session = try connect("# comment\n\n\(name) \(key(type)) a comment\n")
        let printed = try SSHServer.run("ssh-keygen", ["-lf", "\(server.folder.path)/host_\(type).pub"])
        #expect(printed.contains(session.hostKeyFingerprint))
    }

    @Test func hashedNamesMatch() throws {
        let file = try folder.file("hashed", "[127.0.0.1]:\(server.port) \(key("ed25519"))\n")
        try SSHServer.run("ssh-keygen", ["-q", "-H", "-f", file])
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.hasPrefix("|1|"))
        _ = try connect(text)
    }

    @Test func anUnknownHostTellsFingerprintAndMend() throws {
        let error = try failure { _ = try connect("other.example \(key("ed25519"))\n") }
        #expect(error.kind == .hostKeyUnknown && error.step == .hostKey && error.isRefusal && !error.isTransient)
        #expect(error.description.contains("SHA256:"))
        #expect(error.mend.contains("ssh-keyscan -p \(server.port) 127.0.0.1 >> "))
    }

    @Test func aChangedKeyTellsTheLine() throws {
        let other = "\(folder.path)/other"
        try SSHServer.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", other])
        let key = try String(contentsOfFile: "\(other).pub", encoding: .utf8)
        for policy in [HostKeyPolicy.strict, .acceptNew] {
            let error = try failure { _ = try connect("# one\n\n\(name) \(key)\n", policy) }
            #expect(error.kind == .hostKeyChanged)
            #expect(error.mend.contains("remove line 3 of \(folder.path)/known_hosts"))
        }
    }

    @Test func aKnownKeyOfATypeThatCannotBeAskedForIsNotTakenForAChange() throws {
        // libssh2 1.10 verifies no RSA host key that a current sshd offers.
        do {
            let session = try connect("\(name) \(key("rsa"))\n")
            #expect(session.isUsable)
        } catch let error as SSHError {
            #expect(error.kind == .hostKeyUnknown && error.description.contains("knows only ssh-rsa"))
        }
    }

    @Test func aRevokedKeyIsRefusedEvenWhereAnotherLineTrustsIt() throws {
        let error = try failure {
            _ = try connect("\(name) \(key("ed25519"))\n@revoked * \(key("ed25519"))\n", .acceptNew)
        }
        #expect(error.kind == .hostKeyRevoked && error.description.contains("line 2"))
    }

    @Test func aPinnedFingerprintCountsAlone() throws {
        let fingerprint = try connect("\(name) \(key("ed25519"))\n").hostKeyFingerprint
        let session = try SSHSession(
            server.target {
                $0.hostKeyPolicy = .pinned(fingerprint)
                $0.knownHostsFiles = []
            }
        )
        #expect(session.hostKeyFingerprint == fingerprint)
        let error = try failure {
            _ = try SSHSession(server.target { $0.hostKeyPolicy = .pinned("SHA256:AAAA") })
        }
        #expect(error.kind == .hostKeyChanged && error.mend.contains("host-key=\"SHA256:"))
    }

    @Test func acceptNewStoresTheKeyOnceForAllThreads() throws {
        let file = "\(folder.path)/new/known_hosts"
        let target = server.target {
            $0.knownHostsFiles = [file]
            $0.hostKeyPolicy = .acceptNew
        }
        let connected = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            if (try? SSHSession(target)) != nil { connected.add(1, ordering: .relaxed) }
        }
        #expect(connected.load(ordering: .relaxed) == 4)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.split(separator: "\n").count == 1 && text.hasPrefix("\(name) "))
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        // From now on strict is content, and ssh-keygen finds it as well.
        let strict = server.target { $0.knownHostsFiles = [file] }
        #expect(try SSHSession(strict).run("echo in").outputText == "in\n")
        #expect(try SSHServer.run("ssh-keygen", ["-F", name, "-f", file]).contains("found: line 1"))
    }

    @Test func acceptNewMendsALastLineWithoutItsEnd() throws {
        _ = try connect("other.example \(key("ed25519"))", .acceptNew)
        // The first file of the list is written, the other is left alone.
        let written = try String(contentsOfFile: "\(folder.path)/missing", encoding: .utf8)
        #expect(written.hasPrefix(name))
    }

    @Test func aKnownHostsFileThatCannotBeUsedIsNamed() throws {
        let error = try failure {
            _ = try SSHSession(server.target { $0.knownHostsFiles = [folder.path] })
        }
        #expect(error.kind == .knownHostsUnusable && error.description.contains(folder.path))
    }
}
