import Foundation
import SSH
import TestServers
import Testing

@Suite struct UploadTests {
    let contents = [UInt8](repeating: 7, count: 700_000) + [UInt8](repeating: 9, count: 800_000)

    private func check(_ target: SSHTarget) throws {
        let folder = try TestFolder("upload")
        let session = try SSHSession(target)
        for (name, bytes) in [("new", contents), ("new", [1, 2, 3]), ("it's \"$HOME\" & *", contents), ("empty", [])] {
            let path = "\(folder.path)/\(name)"
            try session.upload(bytes, to: path, mode: 0o750)
            let stored = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect([UInt8](stored) == bytes)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o750)
        }
        let error = try failure { try session.upload([1], to: "\(folder.path)/missing/file") }
        #expect(error.kind == .uploadRefused && error.step == .upload)
        #expect(error.description.contains("missing/file"))
        // Nothing temporary is left, and the session goes on.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 3)
        #expect(try session.run("echo on").outputText == "on\n")
    }

    @Test func storesThroughSFTP() throws {
        let server = try SSHServer()
        try check(server.target())
        #expect(server.log.contains("sftp"))
    }

    @Test func storesThroughCatWhereTheServerHasNoSFTP() throws {
        var options = SSHServer.Options()
        options.sftp = false
        let server = try SSHServer(options)
        try check(server.target())
    }

    @Test func storesOnDropbear() throws {
        let server = try DropbearServer()
        let target = SSHTarget(
            name: "router",
            address: "127.0.0.1",
            port: UInt16(server.port),
            user: server.user,
            credentials: SSHCredentials(keyFile: server.keyFile),
            knownHostsFiles: [server.knownHostsFile]
        )
        try check(target)
    }

    @Test(arguments: [true, false])
    func aFullDiskIsNamed(sftp: Bool) throws {
        // A mount of 64 KiB that only this sshd sees.
        let folder = try TestFolder("full")
        var options = SSHServer.Options()
        options.sftp = sftp
        options.mounts = ["mount -t tmpfs -o size=64k none \(folder.path)"]
        let server = try SSHServer(options)
        let session = try SSHSession(server.target())
        let error = try failure { try session.upload(contents, to: "\(folder.path)/probe", mode: 0o700) }
        #expect(error.kind == .diskFull && error.isTransient)
        #expect(error.description.contains("Free space"))
        try session.upload([1, 2, 3], to: "\(folder.path)/small")
        #expect(try session.run("ls \(folder.path)").outputText == "small\n")
    }
}
