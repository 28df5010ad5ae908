import Database
import Foundation
import TestServers
import Testing

@Suite(.serialized) struct EmbeddedServerTests {
    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private func isRunning(_ number: Int32) -> Bool { exists("/proc/\(number)/exe") }

    private func arguments(_ number: Int32) -> String {
        (try? String(contentsOfFile: "/proc/\(number)/cmdline", encoding: .utf8)) ?? ""
    }

    @Test func startsFromNothingIsTakenOverAfterAKillAndStops() throws {
        let folder = try TestFolder("embedded")
        let directory = "\(folder.path)/state/mariadb"
        // What an interrupted initialisation left behind.
        try FileManager.default.createDirectory(
            atPath: "\(directory)/data.unfinished",
            withIntermediateDirectories: true
        )
        try Data("half".utf8).write(to: URL(fileURLWithPath: "\(directory)/data.unfinished/ibdata1"))

        var server: EmbeddedServer? = try EmbeddedServer(directory: directory)
        let settings = try #require(server).start()
        let number = try #require(server?.processIdentifier)
        defer { if isRunning(number) { kill(number, SIGKILL) } }
        let connection = try MySQLConnection(settings)
        try Schema.apply(connection)
        #expect(try connection.lines("SELECT DATABASE()") == ["metricsd"])
        #expect(!exists("\(directory)/data.unfinished"))
        let mode = try FileManager.default.attributesOfItem(atPath: directory)[.posixPermissions] as? Int
        #expect(mode == 0o700)
        // A session of its own, and nothing of ours open.
        #expect(getsid(number) == number && getsid(0) != number)
        let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(number)/fd")
            .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(number)/fd/\($0)") }
        #expect(files.contains { $0.hasPrefix(directory) })
        #expect(
            files.allSatisfy {
                $0.hasPrefix(directory) || !$0.hasPrefix("/") || $0.hasPrefix("/dev/null") || $0.contains("aio")
            },
            "\(files)"
        )
        #expect(!files.contains { $0.contains("lock") })

        // A second metricsd on the same folder is turned away.
        let second = try EmbeddedServer(directory: directory)
        do {
            try second.start()
            Issue.record("two on one folder")
        } catch {
            #expect(error.description.contains("another metricsd uses"))
        }

        // As after kill -9: the value goes, and the lock with it, but nobody calls stop.
        server = nil
        #expect(isRunning(number))
        try second.start()
        #expect(second.processIdentifier == number)
        #expect(try Schema.apply(MySQLConnection(second.settings)) == false)
        try second.ensureRunning()
        second.stop()
        #expect(!isRunning(number))
        #expect(second.processIdentifier == nil)
        let log = try String(contentsOfFile: "\(directory)/mariadb.log", encoding: .utf8)
        #expect(log.contains("Shutdown complete"))
    }

    @Test func aServerThatDiedIsStartedAgain() throws {
        let folder = try TestFolder("embedded")
        let server = try EmbeddedServer(directory: folder.path)
        defer { server.stop() }
        let settings = try server.start()
        try MySQLConnection(settings).run("CREATE TABLE kept (id INT, PRIMARY KEY (id))")
        let first = try #require(server.processIdentifier)
        try server.ensureRunning()
        #expect(server.processIdentifier == first)
        kill(first, SIGKILL)
        // The first time at once.
        try eventually {
            try server.ensureRunning()
            return server.processIdentifier != first
        }
        let second = try #require(server.processIdentifier)
        #expect(try MySQLConnection(settings).lines("SELECT COUNT(*) FROM kept") == ["0"])
        // And then not so soon.
        kill(second, SIGKILL)
        do {
            try eventually {
                try server.ensureRunning()
                return server.processIdentifier != second
            }
            Issue.record("started again without a pause")
        } catch {
            let error = try #require(error as? DatabaseError)
            #expect(error.isTransient && error.description.contains("signal 9"), "\(error)")
        }
    }

    @Test func aBrokenDataDirectoryIsToldWithTheLogsWords() throws {
        let folder = try TestFolder("embedded")
        try FileManager.default.createDirectory(atPath: "\(folder.path)/data", withIntermediateDirectories: true)
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/data/ibdata1"))
        let server = try EmbeddedServer(directory: folder.path)
        defer { server.stop() }
        do {
            try server.start()
            Issue.record("started on a broken data directory")
        } catch {
            #expect(error.description.contains("ibdata1") || error.description.contains("InnoDB"), "\(error)")
            #expect(error.description.contains("mariadb.log"))
        }
        #expect(server.processIdentifier == nil)
    }

    @Test func aPathTooLongForASocketIsRefused() throws {
        do {
            _ = try EmbeddedServer(directory: "/var/lib/" + String(repeating: "x", count: 90))
            Issue.record("accepted a path that no socket can have")
        } catch {
            #expect(
                error.description.contains("5 bytes too long") && error.description.contains("shorter path"),
                "\(error)"
            )
        }
    }

    @Test func aFolderThatCannotBeMadeIsTold() throws {
        let folder = try TestFolder("embedded")
        let file = try folder.file("file", "")
        do {
            try EmbeddedServer(directory: "\(file)/mariadb").start()
            Issue.record("made a folder in a file")
        } catch {
            #expect(error.description.contains("\(file)/mariadb"))
        }
    }

    @Test func aServerThatIsNotInstalledNamesItsPackages() throws {
        let folder = try TestFolder("embedded")
        do {
            try EmbeddedServer(directory: "\(folder.path)/mariadb", programPath: folder.path).start()
            Issue.record("started a server that is not there")
        } catch {
            #expect(error.description.contains("mariadb-install-db is not installed"))
            #expect(error.description.contains("mariadb-server-core"))
        }
    }

    @Test func aServerThatWasStillStartingIsTakenOver() throws {
        let folder = try TestFolder("embedded")
        var server: EmbeddedServer? = try EmbeddedServer(directory: folder.path)
        try #require(server).start()
        let number = try #require(server?.processIdentifier)
        defer { if isRunning(number) { kill(number, SIGKILL) } }
        server = nil
        // It has no pid file before it is up; and the folder may be reached by another path.
        try FileManager.default.removeItem(atPath: "\(folder.path)/mariadb.pid")
        let link = folder.path + "-link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.path)
        defer { try? FileManager.default.removeItem(atPath: link) }
        let next = try EmbeddedServer(directory: link)
        try next.start()
        #expect(next.processIdentifier == number)
        next.stop()
        #expect(!isRunning(number))
    }

    @Test func aStartCanBeCancelled() throws {
        let folder = try TestFolder("embedded")
        let server = try EmbeddedServer(directory: folder.path)
        defer { server.stop() }
        do {
            try server.start(unless: { true })
            Issue.record("started although cancelled")
        } catch {
            #expect(error.isTransient)
        }
        #expect(!exists("\(folder.path)/data"))
    }

    private func eventually(_ condition: () throws -> Bool) throws {
        let end = ContinuousClock().now + .seconds(10)
        while try !condition() {
            try #require(ContinuousClock().now < end)
            usleep(10_000)
        }
    }
}
