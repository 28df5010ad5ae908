import Foundation
import Synchronization

/// A real sshd on loopback, as the current user, with its own configuration, host keys and authorized_keys.
package final class SSHServer: Sendable {
    package struct Options: Sendable {
        /// Types of host key, as ssh-keygen's `-t` names them.
        package var hostKeyTypes = ["ed25519"]
        package var listenAddresses = ["127.0.0.1"]
        package var sftp = true
        /// Further lines of sshd_config(5), before all others: the first value of a keyword counts.
        package var configuration: [String] = []
        /// Further lines behind all others: `Match` blocks, e.g. one for each listen address.
        package var matches: [String] = []
        /// A password for the user, in a private copy of /etc/shadow that only this sshd sees. Needs root.
        package var password: String?
        /// Shell commands that mount things for this sshd only. Need root.
        package var mounts: [String] = []
        /// Whether the password is asked for by PAM (keyboard-interactive) as well. Needs `password`.
        package var usesPAM = false

        package init() {}
    }

    package let port: Int
    package let user = NSUserName()
    package let folder: TestFolder
    /// An unlocked ed25519 key that may log in.
    package let keyFile: String
    /// A known_hosts file with all the host keys for every listen address.
    package let knownHostsFile: String
    private let server: Mutex<TestProcess>
    private let launch: Launch
    private let hostKeyTypes: [String]

    package init(_ options: Options = Options()) throws {
        folder = try TestFolder("sshd")
        port = try LoopbackPort.free()
        hostKeyTypes = options.hostKeyTypes
        // The privilege separation directory, which a service would make.
        if geteuid() == 0 {
            try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        }

        keyFile = "\(folder.path)/id_ed25519"
        try SSHServer.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", keyFile])
        try FileManager.default.copyItem(atPath: "\(keyFile).pub", toPath: "\(folder.path)/authorized_keys")
        var lines = options.configuration
        var known = ""
        for type in options.hostKeyTypes {
            let file = "\(folder.path)/host_\(type)"
            try SSHServer.run("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "host", "-f", file])
            lines.append("HostKey \(file)")
            let key = try String(contentsOfFile: "\(file).pub", encoding: .utf8).split(separator: " ").prefix(2)
            for address in options.listenAddresses {
                known += "[\(address)]:\(port) \(key.joined(separator: " "))\n"
            }
        }
        knownHostsFile = try folder.file("known_hosts", known)
        for address in options.listenAddresses {
            lines.append("ListenAddress \(address.contains(":") ? "[\(address)]" : address):\(port)")
        }
        lines += [
            "AuthorizedKeysFile \(folder.path)/authorized_keys", "PidFile none", "StrictModes no",
            "PermitRootLogin yes", "LogLevel VERBOSE", "PrintMotd no", "UseDNS no",
            // Without it bash reads ~/.bashrc for sshd (man 1 bash), and the tests would see what stands there.
            "SetEnv SHLVL=2",
            "UsePAM \(options.usesPAM ? "yes" : "no")",
            "KbdInteractiveAuthentication \(options.usesPAM ? "yes" : "no")",
            "PasswordAuthentication \(options.password != nil ? "yes" : "no")",
        ]
        if options.sftp { lines.append("Subsystem sftp internal-sftp") }
        lines += options.matches
        let configuration = try folder.file("sshd_config", lines.joined(separator: "\n") + "\n")

        guard let program = TestProcess.locate("sshd") else {
            throw TestProcess.Failure(description: "sshd is not installed; apt-get install openssh-server")
        }
        let log = "\(folder.path)/log"
        var mounts = options.mounts
        if let password = options.password {
            mounts.append(
                try PasswordAccount(user: user, password: password, folder: folder, pam: options.usesPAM).mounts
            )
        }
        let arguments = ["-D", "-e", "-f", configuration]
        if mounts.isEmpty {
            launch = Launch(program: program, arguments: arguments, package: "openssh-server", log: log)
        } else {
            let command = (mounts + ["exec \(program) \(arguments.joined(separator: " "))"]).joined(separator: " && ")
            launch = Launch(
                program: "unshare",
                arguments: ["--mount", "/bin/sh", "-c", command],
                package: "util-linux",
                log: log
            )
        }
        server = Mutex(try launch.run(port))
    }

    private struct Launch {
        let program: String
        let arguments: [String]
        let package: String
        let log: String

        func run(_ port: Int) throws -> TestProcess {
            let server = try TestProcess(program, arguments, package: package, log: log)
            try server.waitUntilReady("sshd on port \(port)") { [log] in
                (try? String(contentsOfFile: log, encoding: .utf8))?.contains("Server listening") == true
            }
            return server
        }
    }

    /// The same server again, after `stop`.
    package func restart() throws {
        let new = try launch.run(port)
        server.withLock { $0 = new }
    }

    deinit { stop() }

    package var log: String { (try? String(contentsOfFile: launch.log, encoding: .utf8)) ?? "" }
    /// The process that listens; each connection has another one under it.
    package var processIdentifier: Int32 { server.withLock { $0.processIdentifier } }
    package func stop() { server.withLock { $0.stop() } }
    package func signal(_ number: Int32) { server.withLock { $0.signal(number) } }

    /// Lets one more public key log in.
    package func authorize(_ publicKeyFile: String) throws {
        let file = "\(folder.path)/authorized_keys"
        let old = try String(contentsOfFile: file, encoding: .utf8)
        let new = try String(contentsOfFile: publicKeyFile, encoding: .utf8)
        try (old + new).write(toFile: file, atomically: true, encoding: .utf8)
    }

    /// Makes a key pair in the server's folder and lets it log in; returns the private file.
    package func makeKey(_ name: String, _ arguments: [String], passphrase: String = "") throws -> String {
        let file = "\(folder.path)/\(name)"
        try SSHServer.run("ssh-keygen", ["-q", "-N", passphrase, "-C", name, "-f", file] + arguments)
        try authorize("\(file).pub")
        return file
    }

    package func hostKey(_ type: String) throws -> String {
        try String(contentsOfFile: "\(folder.path)/host_\(type).pub", encoding: .utf8)
    }

    /// The processes that serve connections, by the listener's process id.
    package func connectionProcesses() -> [Int32] { SSHServer.children(of: processIdentifier) }

    /// All descendants, the deepest last.
    package static func children(of parent: Int32) -> [Int32] {
        let path = "/proc/\(parent)/task/\(parent)/children"
        let direct = ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: " ").compactMap {
            Int32($0)
        }
        return direct + direct.flatMap(children)
    }

    /// Runs a program to its end; its standard output, or an error that quotes what it said.
    @discardableResult
    package static func run(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> String {
        guard let executable = TestProcess.locate(program) else {
            throw TestProcess.Failure(description: "\(program) is not installed; apt-get install openssh-client")
        }
        let folder = try TestFolder("run")
        let output = "\(folder.path)/output"
        let identifier = try SpawnedProcess.start(executable, arguments, environment: environment, output: output)
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
        guard status == 0 else {
            throw TestProcess.Failure(description: "\(program) \(arguments): \(text)")
        }
        return text
    }
}
