import Foundation

/// Gives the current user a known password within one process tree: private copies of /etc/shadow and of the PAM
/// services, mounted over the real ones in a mount namespace of its own. Needs root.
struct PasswordAccount {
    /// A shell command for the new namespace.
    let mounts: String

    init(user: String, password: String, folder: TestFolder, pam: Bool = false) throws {
        guard geteuid() == 0 else {
            throw TestProcess.Failure(description: "password logins are tested as root only: sshd reads /etc/shadow")
        }
        let hash = try SSHServer.run("openssl", ["passwd", "-6", password])
            .trimmingCharacters(in: .whitespacesAndNewlines)
        var lines = try String(contentsOfFile: "/etc/shadow", encoding: .utf8).split(separator: "\n").map(String.init)
        lines.removeAll { $0.hasPrefix("\(user):") }
        lines.append("\(user):\(hash):19000:0:99999:7:::")
        let shadow = try folder.file("shadow", lines.joined(separator: "\n") + "\n")
        var commands = ["mount --bind \(shadow) /etc/shadow"]
        if pam {
            let folder = "\(folder.path)/pam.d"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let service = "auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n"
            try service.write(toFile: "\(folder)/sshd", atomically: true, encoding: .utf8)
            commands.append("mount --bind \(folder) /etc/pam.d")
        }
        mounts = commands.joined(separator: " && ")
    }
}
