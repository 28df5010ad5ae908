import Foundation
import SSH
import TestServers
import Testing

/// Servers that are not OpenSSH's, or not as it comes.
@Suite struct OddSFTPServersTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder("odd") }

    private func connect(_ options: SSHServer.Options) throws -> (SSHServer, SFTPSession) {
        let server = try SSHServer(options)
        return (server, try SFTPSession(over: try SSHSession(server.target())))
    }

    private func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)")))
    }

    private func read(_ name: String, _ sftp: SFTPSession) throws -> [UInt8] {
        let file = try sftp.open("\(folder.path)/\(name)")
        var bytes: [UInt8] = []
        try file.read { bytes += $0 }
        try file.close()
        return bytes
    }

    @Test(arguments: ["--no-extensions", "--backwards", "--short-reads 1000"])
    func filesArriveWhole(peculiarity: String) throws {
        let (server, sftp) = try connect(.peculiarSFTP(peculiarity))
        defer { server.stop() }
        // A whole number of pieces, so that each of them is answered together with others.
        let contents = numbered(20 * 32_768)
        let file = try sftp.create("\(folder.path)/a")
        try file.write(contents)
        try file.finishWriting()
        #expect(try !file.sync())
        try file.close()
        #expect(try bytes("a") == contents)
        if peculiarity != "--backwards" { #expect(try read("a", sftp) == contents) }
        #expect(try sftp.freeSpace(at: folder.path) == nil)
        #expect(try sftp.list(folder.path).map(\.name) == ["a"])
    }

    @Test func aServerThatWouldReplaceIsNotAskedTo() throws {
        let (server, sftp) = try connect(.peculiarSFTP("--overwrite"))
        defer { server.stop() }
        try folder.file("old", "old")
        try folder.file("new", "new")
        let error = try failure { try sftp.rename("\(folder.path)/new", to: "\(folder.path)/old") }
        #expect(error.kind == .fileExists)
        #expect(try bytes("old") == Array("old".utf8))
        #expect(try failure { try sftp.replace("/a", with: "/b") }.kind == .unsupported)
    }

    @Test func aRefusedPieceDisturbsNothingBehindIt() throws {
        let (server, sftp) = try connect(.peculiarSFTP("--refuse-write 98304"))
        defer { server.stop() }
        let file = try sftp.create("\(folder.path)/a")
        let error = try failure {
            try file.write(numbered(1_000_000))
            try file.finishWriting()
        }
        #expect(error.kind == .requestFailed && error.description.contains("\(folder.path)/a"))
        file.discard()
        // Replies that come late are not taken for those of later requests.
        try folder.file("b", "b")
        #expect(try read("b", sftp) == Array("b".utf8))
        #expect(try sftp.remove("\(folder.path)/a"))
    }

    @Test func nonsenseEndsTheSession() throws {
        let (server, sftp) = try connect(.peculiarSFTP("--garbage-after 2"))
        defer { server.stop() }
        let error = try failure { for _ in 0..<10 { _ = try sftp.attributes(of: folder.path) } }
        #expect(error.kind == .failed && error.description.contains("no SFTP"))
        #expect(!sftp.session.isUsable)
    }

    @Test func openSSHWithoutItsExtensions() throws {
        let (server, sftp) = try connect(.sftpServer("-P fsync,statvfs,posix-rename"))
        defer { server.stop() }
        let file = try sftp.create("\(folder.path)/a")
        try file.write([1, 2, 3])
        #expect(try !file.sync())
        try file.close()
        #expect(try sftp.freeSpace(at: folder.path) == nil)
        try sftp.session.upload([4], to: "\(folder.path)/a")
        #expect(try bytes("a") == [4])
    }

    @Test func roomWithoutEndIsMuchRoom() throws {
        let (server, sftp) = try connect(.peculiarSFTP("--free-blocks 4503599627370497"))
        defer { server.stop() }
        #expect(try sftp.freeSpace(at: folder.path)?.freeBytes == .max)
    }

    @Test func aReadOnlyServerSaysSo() throws {
        let (server, sftp) = try connect(.sftpServer("-R"))
        defer { server.stop() }
        let error = try failure { _ = try sftp.create("\(folder.path)/a") }
        #expect(error.kind == .permissionDenied && error.description.contains("owner and mode"))
    }

    @Test func aFullFileSystemIsNamed() throws {
        var options = SSHServer.Options()
        options.mounts = ["mount -t tmpfs -o size=128k,nr_inodes=16 none \(folder.path)"]
        let (server, sftp) = try connect(options)
        defer { server.stop() }
        let file = try sftp.create("\(folder.path)/a")
        let error = try failure {
            try file.write(numbered(1_000_000))
            try file.finishWriting()
        }
        #expect(error.kind == .diskFull && error.isTransient)
        #expect(error.description.contains("bytes are free"))
        file.discard()
        #expect(try sftp.remove("\(folder.path)/a"))
        // No room for another name.
        let names = try failure { for number in 0..<100 { try sftp.create("\(folder.path)/\(number)").close() } }
        #expect(names.kind == .diskFull)
    }

    @Test(arguments: [
        ("none", "refuses"), ("echo Welcome to our server", "Welcome to our server"), ("false", "nothing answers"),
        ("--version 2", "version 2"),
    ])
    func aServerWithoutSFTPIsTold(command: String, finding: String) throws {
        var options = SSHServer.Options.sftp(by: command)
        if command == "none" { options.configuration = [] }
        if command.hasPrefix("--") { options = try .peculiarSFTP(command) }
        let server = try SSHServer(options)
        let session = try SSHSession(server.target())
        let error = try failure { _ = try SFTPSession(over: session) }
        #expect(error.kind == .unsupported && !error.isTransient)
        #expect(error.description.contains(finding) && error.description.contains("Subsystem sftp"), "\(error)")
        #expect(try session.run("echo on").outputText == "on\n")
    }

    @Test func aSilentServerIsNotWaitedForLong() throws {
        let server = try SSHServer(.peculiarSFTP("--silent"))
        let session = try SSHSession(server.target())
        let error = try failure { _ = try SFTPSession(over: session, deadline: .after(0.3)) }
        #expect(error.kind == .unsupported && error.description.contains("nothing answers"))
        #expect(try session.run("echo on").outputText == "on\n")
    }

    /// `internal-sftp` in a chroot, and no shell, as a receiver is usually set up.
    @Test func commandsAreNotRunByAServerWithSFTPOnly() throws {
        let (server, sftp) = try connect(.sftpOnly(sharing: folder.path))
        defer { server.stop() }
        let file = try sftp.create("/in/a")
        try file.write([1, 2, 3])
        try file.close()
        #expect(try bytes("a") == [1, 2, 3])
        let result = try sftp.session.run("sha256sum <'/in/a'", deadline: .after(20))
        #expect(!result.outputText.contains("039058c6f2c0cb49"))
        #expect(try sftp.attributes(of: "/in/a")?.size == 3)
    }
}
