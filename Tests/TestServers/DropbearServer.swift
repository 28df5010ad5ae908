import Foundation

/// A real dropbear on loopback: an SSH server without SFTP, as small devices have it.
package final class DropbearServer: Sendable {
    package let port: Int
    package let user = NSUserName()
    package let folder: TestFolder
    /// An unlocked ed25519 key that may log in.
    package let keyFile: String
    package let knownHostsFile: String
    private let server: TestProcess

    /// - Parameter hidingSFTP: as if no SFTP server were installed, which dropbear would start.
    package init(hidingSFTP: Bool = false) throws {
        folder = try TestFolder("dropbear")
        port = try LoopbackPort.free()
        keyFile = "\(folder.path)/id_ed25519"
        try SSHServer.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", keyFile])
        let hostKey = "\(folder.path)/host_ed25519"
        guard TestProcess.locate("dropbearkey") != nil else {
            throw TestProcess.Failure(description: "dropbearkey is not installed; apt-get install dropbear-bin")
        }
        let printed = try SSHServer.run("dropbearkey", ["-t", "ed25519", "-f", hostKey])
        guard let line = printed.split(separator: "\n").first(where: { $0.hasPrefix("ssh-ed25519 ") }) else {
            throw TestProcess.Failure(description: "dropbearkey printed no key: \(printed)")
        }
        let key = line.split(separator: " ").prefix(2).joined(separator: " ")
        knownHostsFile = try folder.file("known_hosts", "[127.0.0.1]:\(port) \(key)\n")

        // dropbear 2022 knows no other place for authorized_keys than ~/.ssh; its home is the folder that HOME in a
        // private passwd file names.
        let home = "\(folder.path)/home"
        try FileManager.default.createDirectory(atPath: "\(home)/.ssh", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "\(keyFile).pub", toPath: "\(home)/.ssh/authorized_keys")
        for path in [home, "\(home)/.ssh"] {
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        }
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600],
            ofItemAtPath: "\(home)/.ssh/authorized_keys"
        )
        let lines = try String(contentsOfFile: "/etc/passwd", encoding: .utf8).split(separator: "\n").map { line in
            var fields = line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            if fields.count == 7, fields[0] == NSUserName() {
                fields[5] = home
                fields[6] = "/bin/sh"
            }
            return fields.joined(separator: ":")
        }
        let accounts = try folder.file("passwd", lines.joined(separator: "\n") + "\n", mode: 0o644)
        guard let program = TestProcess.locate("dropbear") else {
            throw TestProcess.Failure(description: "dropbear is not installed; apt-get install dropbear-bin")
        }
        // Without root a user namespace gives the right to mount; the user stays the same within.
        let namespace = geteuid() == 0 ? ["--mount"] : ["--map-current-user", "--mount"]
        let hiding = "if test -e /usr/lib/sftp-server; then mount --bind /dev/null /usr/lib/sftp-server; fi"
        let command =
            "mount --bind \(accounts) /etc/passwd && \(hidingSFTP ? hiding : "true") && exec \(program) -F -E -r \(hostKey) "
            + "-p 127.0.0.1:\(port) -P \(folder.path)/pid"
        server = try TestProcess(
            "unshare",
            namespace + ["/bin/sh", "-c", command],
            package: "util-linux",
            log: "\(folder.path)/log"
        )
        try server.waitUntilReady("dropbear on port \(port)") { [port] in LoopbackPort.accepts(port) }
    }

    deinit { server.stop() }

    package var log: String { (try? String(contentsOfFile: server.log, encoding: .utf8)) ?? "" }
    package var processIdentifier: Int32 { server.processIdentifier }

    /// Lets one more public key log in.
    package func authorize(_ publicKeyFile: String) throws {
        let file = "\(folder.path)/home/.ssh/authorized_keys"
        let old = try String(contentsOfFile: file, encoding: .utf8)
        let new = try String(contentsOfFile: publicKeyFile, encoding: .utf8)
        try (old + new).write(toFile: file, atomically: false, encoding: .utf8)
    }
}
