import Foundation

extension SSHServer.Options {
    /// A server whose SFTP is a program of the tests, which does what its arguments ask for (`SFTP/server.py`).
    package static func peculiarSFTP(_ arguments: String) throws -> SSHServer.Options {
        guard let python = TestProcess.locate("python3") else {
            throw TestProcess.Failure(description: "python3 is not installed; apt-get install python3")
        }
        let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("SFTP/server.py").path
        return .sftp(by: "\(python) -B \(program) \(arguments)")
    }

    /// OpenSSH's SFTP server as a program of its own, with these arguments (man 8 sftp-server).
    package static func sftpServer(_ arguments: String) throws -> SSHServer.Options {
        let places = ["/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/libexec/sftp-server"]
        guard let program = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw TestProcess.Failure(
                description: "sftp-server is not installed; apt-get install openssh-sftp-server"
            )
        }
        return .sftp(by: "\(program) \(arguments)")
    }

    /// Any command as the SFTP subsystem.
    package static func sftp(by command: String) -> SSHServer.Options {
        var options = SSHServer.Options()
        options.sftp = false
        options.configuration = ["Subsystem sftp \(command)"]
        return options
    }

    /// SFTP and nothing else, in a chroot, as a receiver is usually set up: the folder is `/in` there. Needs root.
    package static func sftpOnly(sharing folder: String) -> SSHServer.Options {
        var options = SSHServer.Options()
        options.matches = ["Match all", "ForceCommand internal-sftp", "ChrootDirectory /mnt"]
        options.mounts = ["mount -t tmpfs -o mode=755 none /mnt", "mkdir /mnt/in", "mount --bind \(folder) /mnt/in"]
        return options
    }
}
