import Foundation
import SSH
import Secrets
import TestServers
import Testing

@Suite struct AuthenticationTests {
    let server: SSHServer

    init() throws { server = try SSHServer() }

    private func login(_ file: String, passphrase: String? = nil) throws -> SSHSession {
        try SSHSession(
            server.target {
                $0.credentials = SSHCredentials(
                    keyFile: file,
                    passphrase: passphrase.map { Secret(.inline($0)) }
                )
            }
        )
    }

    /// Every key is moved away from its `.pub` file, which must not matter.
    @Test(arguments: [
        ("ed25519", ["-t", "ed25519"]),
        ("ecdsa-256", ["-t", "ecdsa", "-b", "256"]),
        ("ecdsa-384", ["-t", "ecdsa", "-b", "384"]),
        ("ecdsa-521", ["-t", "ecdsa", "-b", "521"]),
        ("rsa", ["-t", "rsa", "-b", "2048"]),
        ("rsa-pem", ["-t", "rsa", "-b", "2048", "-m", "PEM"]),
        ("rsa-pkcs8", ["-t", "rsa", "-b", "3072", "-m", "PKCS8"]),
        ("ecdsa-pem", ["-t", "ecdsa", "-m", "PEM"]),
        ("ecdsa-pkcs8", ["-t", "ecdsa", "-m", "PKCS8"]),
    ])
    func logsInWithAKey(name: String, arguments: [String]) throws {
        for passphrase in ["", "a passphrase, “ünlocked”"] {
            // Few rounds: what they cost is ssh-keygen's choice, not what is tested.
            var options: [String] = arguments
            if name != "ed25519" { options.append(contentsOf: ["-a", "2"]) }
            let file = try server.makeKey("\(name)\(passphrase.count)", options, passphrase: passphrase)
            let moved = try server.folder.file("moved\(passphrase.count)")
            try FileManager.default.moveItem(atPath: file, toPath: moved)
            let session = try login(moved, passphrase: passphrase.isEmpty ? nil : passphrase)
            #expect(session.authenticatedBy.hasPrefix("publickey"))
            #expect(try session.run("echo in").outputText == "in\n")
            guard !passphrase.isEmpty else { continue }
            let wrong = try failure { _ = try login(moved, passphrase: "hunter2") }
            #expect(wrong.kind == .passphraseWrong && wrong.description.contains("passphrase is wrong"))
            #expect(!wrong.description.contains("hunter2"))
            let missing = try failure { _ = try login(moved) }
            #expect(missing.kind == .passphraseWrong && missing.description.contains("no passphrase"))
        }
    }

    @Test(arguments: ["aes256-cbc", "aes128-ctr", "aes256-gcm@openssh.com", "aes192-ctr"])
    func unlocksOpenSSHKeysOfOtherCiphers(cipher: String) throws {
        let file = try server.makeKey("cipher", ["-t", "rsa", "-Z", cipher, "-a", "3"], passphrase: "secret")
        #expect(try login(file, passphrase: "secret").authenticatedBy.contains(file))
        #expect(try failure { _ = try login(file, passphrase: "Secret") }.kind == .passphraseWrong)
    }

    @Test func aKeyThatTheServerDoesNotKnowIsRefused() throws {
        let file = "\(server.folder.path)/stranger"
        try SSHServer.run("ssh-keygen", ["-q", "-t", "rsa", "-N", "", "-f", file])
        let error = try failure { _ = try login(file) }
        #expect(error.kind == .authenticationRefused && error.step == .authenticate)
        #expect(error.isRefusal && !error.isTransient)
        #expect(error.description.contains(file) && error.description.contains("authorized_keys"))
        #expect(error.description.contains("the server offers publickey"))
    }

    @Test func anUnusableKeyFileSaysWhy() throws {
        let publicHalf = "\(server.keyFile).pub"
        let cut = try String(contentsOfFile: server.keyFile, encoding: .utf8).prefix(200)
        let cases: [(String, String)] = [
            (server.folder.path, "Is a directory"),
            ("\(server.folder.path)/none", "No such file"),
            (publicHalf, "without .pub"),
            (try server.folder.file("garbage", "hello"), "no private key"),
            (try server.folder.file("empty", ""), "empty"),
            (try server.folder.file("cut", String(cut)), "cut or damaged"),
            (try server.folder.file("putty", "PuTTY-User-Key-File-3: ssh-ed25519\n"), "puttygen"),
            (
                try server.folder.file("pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
                "cannot be used"
            ),
        ]
        for (file, reason) in cases {
            let error = try failure { _ = try login(file) }
            #expect(error.kind == .keyUnreadable && error.description.contains(reason), "\(error)")
            #expect(error.description.contains(file))
        }
    }

    @Test func nothingConfiguredSaysWhatTheServerOffers() throws {
        let error = try failure { _ = try SSHSession(server.target { $0.credentials = SSHCredentials() }) }
        #expect(error.kind == .noUsableMethod)
        #expect(error.description.contains("publickey"))
    }

    @Test func aMissingSecretNamesItsSource() throws {
        let error = try failure {
            _ = try SSHSession(server.target { $0.credentials.passphrase = Secret(.file("/nonexistent/secret")) })
        }
        #expect(error.kind == .secretUnavailable && error.description.contains("/nonexistent/secret"))
    }
}

@Suite struct DropbearLoginTests {
    @Test(arguments: ["ed25519", "ecdsa", "rsa"])
    func logsInAtDropbear(type: String) throws {
        let server = try DropbearServer()
        let file = "\(server.folder.path)/key"
        try SSHServer.run("ssh-keygen", ["-q", "-t", type, "-N", "", "-f", file])
        try server.authorize("\(file).pub")
        let target = SSHTarget(
            name: "router",
            address: "127.0.0.1",
            port: UInt16(server.port),
            user: server.user,
            credentials: SSHCredentials(keyFile: file),
            knownHostsFiles: [server.knownHostsFile]
        )
        guard type != "rsa" else { return checkRSA(target) }
        let session = try SSHSession(target)
        #expect(session.authenticatedBy.contains(file))
    }

    /// libssh2 before 1.11 cannot; then the message says what can.
    private func checkRSA(_ target: SSHTarget) {
        do {
            let session = try SSHSession(target)
            session.close()
        } catch {
            #expect(error.kind == .authenticationRefused)
            #expect(error.mend.contains("ed25519"))
        }
    }
}

@Suite struct AgentTests {
    /// A real ssh-agent with its socket in the test's folder.
    private func withAgent(_ body: (SSHServer, String) throws -> Void) throws {
        let server = try SSHServer()
        let socket = "\(server.folder.path)/agent"
        let agent = try TestProcess(
            "ssh-agent",
            ["-D", "-a", socket],
            package: "openssh-client",
            log: "\(server.folder.path)/agent.log"
        )
        defer { agent.stop() }
        try agent.waitUntilReady("ssh-agent") { FileManager.default.fileExists(atPath: socket) }
        try body(server, socket)
    }

    @Test(arguments: ["rsa", "ed25519", "ecdsa"])
    func logsInWithAKeyOfTheAgent(type: String) throws {
        try withAgent { server, socket in
            // Keys that the server does not know come first.
            for name in ["a", "b"] {
                let file = "\(server.folder.path)/\(name)"
                try SSHServer.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file])
                try SSHServer.run("ssh-add", ["-q", file], environment: ["SSH_AUTH_SOCK": socket])
            }
            let file = try server.makeKey("held", ["-t", type])
            try SSHServer.run("ssh-add", ["-q", file], environment: ["SSH_AUTH_SOCK": socket])
            let target = server.target {
                $0.credentials = SSHCredentials(usesAgent: true, agentSocket: socket)
            }
            let session = try SSHSession(target)
            #expect(session.authenticatedBy == "publickey (agent, held)")
        }
    }

    @Test func anAgentThatIsGoneIsNamed() throws {
        let server = try SSHServer()
        let error = try failure {
            _ = try SSHSession(
                server.target { $0.credentials = SSHCredentials(usesAgent: true, agentSocket: "/nonexistent/agent") }
            )
        }
        #expect(error.description.contains("/nonexistent/agent"))
        #expect(error.description.contains("No such file"))
    }

    @Test func anAgentWithoutTheRightKeyIsRefused() throws {
        try withAgent { server, socket in
            let target = server.target { $0.credentials = SSHCredentials(usesAgent: true, agentSocket: socket) }
            let error = try failure { _ = try SSHSession(target) }
            #expect(error.description.contains("no usable key"))
        }
    }
}

@Suite struct PasswordTests {
    private func login(_ server: SSHServer, _ password: String) throws -> SSHSession {
        try SSHSession(
            server.target { $0.credentials = SSHCredentials(password: Secret(.inline(password))) }
        )
    }

    @Test func logsInWithAPassword() throws {
        var options = SSHServer.Options()
        options.password = "corréct horse"
        let server = try SSHServer(options)
        #expect(try login(server, "corréct horse").authenticatedBy == "password")
        let error = try failure { _ = try login(server, "battery") }
        #expect(error.kind == .authenticationRefused && error.description.contains("password refused"))
        #expect(!error.description.contains("battery"))
    }

    @Test func logsInByKeyboardInteractive() throws {
        var options = SSHServer.Options()
        options.password = "corréct horse"
        options.usesPAM = true
        options.configuration = ["AuthenticationMethods keyboard-interactive"]
        let server = try SSHServer(options)
        #expect(try login(server, "corréct horse").authenticatedBy == "keyboard-interactive")
        let error = try failure { _ = try login(server, "battery") }
        #expect(error.kind == .authenticationRefused && error.description.contains("keyboard-interactive refused"))
    }

    @Test func logsInWithAKeyAndAPasswordWhereBothAreAsked() throws {
        var options = SSHServer.Options()
        options.password = "second"
        options.configuration = ["AuthenticationMethods publickey,password"]
        let server = try SSHServer(options)
        let target = server.target { $0.credentials.password = Secret(.inline("second")) }
        #expect(try SSHSession(target).run("echo in").outputText == "in\n")
    }
}
