import SSH
import TestServers
import Testing

@Suite struct DropbearSFTPTests {
    /// dropbear has no SFTP of its own, and starts another's where there is one.
    @Test(arguments: [true, false])
    func dropbearsProgramIsUsedWhereThereIsOne(exists: Bool) throws {
        let server = try DropbearServer(hidingSFTP: !exists)
        let target = SSHTarget(
            name: "router",
            address: "127.0.0.1",
            port: UInt16(server.port),
            user: server.user,
            credentials: SSHCredentials(keyFile: server.keyFile),
            knownHostsFiles: [server.knownHostsFile]
        )
        let session = try SSHSession(target)
        if exists {
            let sftp = try SFTPSession(over: session)
            #expect(try sftp.attributes(of: server.folder.path)?.isDirectory == true)
            sftp.close()
        } else {
            let error = try failure { _ = try SFTPSession(over: session) }
            #expect(error.kind == .unsupported && error.description.contains("Enable SFTP there"))
        }
        #expect(try session.run("echo on").outputText == "on\n")
    }
}
