import Foundation
import SSH
import TestServers
import Testing

@Suite struct SFTPSessionTests {
    let server: SSHServer
    let folder: TestFolder
    let sftp: SFTPSession

    init() throws {
        server = try SSHServer()
        folder = try TestFolder("sftp")
        sftp = try SFTPSession(over: try SSHSession(server.target()))
    }

    @Test func aFileIsWrittenWholeAndReadBack() throws {
        let contents = numbered(3_000_000)
        let file = try sftp.create("\(folder.path)/a", mode: 0o640)
        // Pieces of odd sizes.
        var rest = contents[...]
        for size in [1, 32_768, 32_769, 700_000, 0, contents.count] {
            try file.write(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        try file.finishWriting()
        #expect(try file.sync())
        #expect(try file.attributes().size == UInt64(contents.count))
        try file.close()
        #expect(try bytes("a") == contents)
        #expect(try sftp.attributes(of: "\(folder.path)/a")?.permissions == 0o100640)
        #expect(try read("a") == contents)
        // Created again, nothing is left of what it held.
        try sftp.create("\(folder.path)/a").close()
        #expect(try bytes("a").isEmpty && read("a").isEmpty)
    }

    @Test func pathsAreLookedForMadeListedAndRemoved() throws {
        #expect(try sftp.attributes(of: "\(folder.path)/b") == nil)
        try sftp.makeDirectory("\(folder.path)/b")
        #expect(try sftp.attributes(of: "\(folder.path)/b")?.isDirectory == true)
        let names = (0..<300).map { "file-\($0) é" }
        for name in names { try folder.file("b/\(name)", "x") }
        #expect(try Set(sftp.list("\(folder.path)/b").map(\.name)) == Set(names))
        #expect(try sftp.list("\(folder.path)/b") { $0.name.hasPrefix("file-29") }.count == 11)
        #expect(try sftp.remove("\(folder.path)/b/\(names[0])"))
        #expect(try !sftp.remove("\(folder.path)/b/\(names[0])"))
        let space = try #require(try sftp.freeSpace(at: folder.path))
        #expect(space.freeBytes > 0 && space.freeBytes <= space.totalBytes)
    }

    @Test func aRenameNeverReplaces() throws {
        try folder.file("old", "old")
        try folder.file("new", "new")
        let error = try failure { try sftp.rename("\(folder.path)/new", to: "\(folder.path)/old") }
        #expect(error.kind == .fileExists && !error.isTransient)
        #expect(error.description.contains("\(folder.path)/old"))
        #expect(try bytes("old") == Array("old".utf8) && bytes("new") == Array("new".utf8))
        // Not even a link to nowhere.
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/link", withDestinationPath: "nowhere")
        #expect(try failure { try sftp.rename("\(folder.path)/new", to: "\(folder.path)/link") }.kind == .fileExists)
        try sftp.rename("\(folder.path)/new", to: "\(folder.path)/free")
        #expect(try bytes("free") == Array("new".utf8))
        #expect(try sftp.attributes(of: "\(folder.path)/new") == nil)
        try sftp.replace("\(folder.path)/old", with: "\(folder.path)/free")
        #expect(try bytes("old") == Array("new".utf8))
    }

    @Test func refusalsAreNamed() throws {
        for (kind, body) in [
            (SSHError.Kind.noSuchFile, { try sftp.open("\(folder.path)/none").close() }),
            (.noSuchFile, { try sftp.create("\(folder.path)/none/file").close() }),
            (.noSuchFile, { _ = try sftp.list("\(folder.path)/none") }),
            (.noSuchFile, { try sftp.rename("\(folder.path)/none", to: "\(folder.path)/other") }),
            (.requestFailed, { try sftp.makeDirectory("/tmp") }),
        ] {
            let error = try failure(body)
            #expect(error.kind == kind && error.step == .files, "\(error)")
        }
        // The session goes on.
        try sftp.makeDirectory("\(folder.path)/made")
        #expect(try sftp.session.run("echo on").outputText == "on\n")
    }

    @Test func theSessionGoesOnWithoutSFTP() throws {
        sftp.close()
        #expect(try sftp.session.run("echo on").outputText == "on\n")
        try SFTPSession(over: sftp.session).makeDirectory("\(folder.path)/again")
    }

    @Test func aStoppedServerIsNoticedAtTheDeadline() throws {
        let file = try sftp.create("\(folder.path)/a")
        let processes = server.connectionProcesses()
        for process in processes { kill(process, SIGSTOP) }
        defer { for process in processes { kill(process, SIGCONT) } }
        let start = ContinuousClock.now
        let error = try failure {
            // More than fits into all windows and buffers on the way.
            for _ in 0..<64 { try file.write([UInt8](repeating: 1, count: 1 << 20), deadline: .after(0.3)) }
        }
        #expect(error.kind == .timedOut && error.step == .files)
        #expect(start.duration(to: .now) < .seconds(5))
    }

    @Test func aKilledServerIsNoticed() throws {
        let file = try sftp.create("\(folder.path)/a")
        for process in server.connectionProcesses() { kill(process, SIGKILL) }
        let error = try failure {
            try file.write([UInt8](repeating: 1, count: 1 << 20))
            try file.finishWriting()
        }
        #expect(error.kind == .connectionLost && error.isTransient)
    }

    @Test func aWaitEndsWithTheInterrupt() throws {
        let interrupt = Interrupt()
        let sftp = try SFTPSession(over: try SSHSession(server.target(), interrupt: interrupt))
        for process in server.connectionProcesses() { kill(process, SIGSTOP) }
        defer { for process in server.connectionProcesses() { kill(process, SIGCONT) } }
        interrupt.raise()
        #expect(try failure { _ = try sftp.attributes(of: "/") }.kind == .interrupted)
    }

    private func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)")))
    }

    private func read(_ name: String) throws -> [UInt8] {
        let file = try sftp.open("\(folder.path)/\(name)")
        var bytes: [UInt8] = []
        try file.read { bytes += $0 }
        try file.close()
        return bytes
    }
}

/// Bytes of which no two pieces are the same.
func numbered(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 16)
    var number = 0
    while bytes.count < count {
        bytes += "\(number) ".utf8
        number += 1
    }
    return Array(bytes.prefix(count))
}
