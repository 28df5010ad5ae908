import Database
import Foundation
import Secrets
import TestServers
import Testing

extension DatabaseTests {
    struct ConnectionTests {
        /// What connecting fails with.
        private func failure(_ settings: DatabaseSettings) throws -> DatabaseError {
            do {
                _ = try MySQLConnection(settings)
            } catch {
                return error
            }
            throw Unexpected()
        }

        private struct Unexpected: Error {}

        @Test func sessionsAreStrictInUTCWithAllOfUnicode() throws {
            let database = try TestDatabase()
            try database.server.client(input: "SET GLOBAL time_zone = '+05:00'")
            defer { _ = try? database.server.client(input: "SET GLOBAL time_zone = 'SYSTEM'") }
            let connection = try database.connect()
            #expect(connection.serverVersion.isMariaDB)
            #expect(try connection.lines("SELECT TIMESTAMPDIFF(MINUTE, UTC_TIMESTAMP(), NOW()), '😀'") == ["0|😀"])
            try connection.run("CREATE TABLE short (text VARCHAR(2), PRIMARY KEY (text))")
            #expect(throws: DatabaseError.self) { try connection.run("INSERT INTO short VALUES ('abc')") }
            // The session goes on after an error.
            try connection.ping()
            #expect(connection.isUsable)
        }

        @Test func aWrongPasswordNamesUserAndMend() throws {
            var settings = try TestDatabase().settings
            settings.user = "nobody"
            settings.password = Secret(.inline("hunter2"))
            let error = try failure(settings)
            #expect(error.code == 1045 && error.sqlState == "28000" && !error.isTransient)
            #expect(error.description.contains("nobody") && error.description.contains("Check user and password"))
            #expect(!"\(error) \(String(reflecting: error))".contains("hunter2"))
        }

        @Test func aMissingPasswordFileIsNamed() throws {
            var settings = try TestDatabase().settings
            settings.password = Secret(.file("/nonexistent/password"))
            #expect(try failure(settings).description.contains("/nonexistent/password"))
        }

        @Test func anUnknownDatabaseSaysHowToMakeIt() throws {
            var settings = try TestDatabase().settings
            settings.name = "nothing_here"
            let error = try failure(settings)
            #expect(error.code == 1049 && !error.isTransient)
            #expect(error.description.contains("CREATE DATABASE `nothing_here`"))
        }

        @Test func anUnknownColumnPointsToTheSchema() throws {
            let connection = try TestDatabase().prepared()
            do {
                try connection.run("SELECT nothing FROM hosts")
                Issue.record("selected an unknown column")
            } catch {
                let error = try #require(error as? DatabaseError)
                #expect(error.code == 1054 && !error.isTransient && error.mend?.contains("db_model.sql") == true)
            }
        }

        @Test func aClosedPortAndAnUnknownNameAreTransient() throws {
            var settings = DatabaseSettings(host: "127.0.0.1", port: UInt16(try LoopbackPort.free()), tls: .preferred)
            #expect(try failure(settings).isTransient)
            #expect(try failure(settings).description.contains("Check that the server runs"))
            settings.host = "db.invalid"
            #expect(try failure(settings).isTransient)
            settings.socket = "/nonexistent/socket"
            #expect(try failure(settings).description.contains("/nonexistent/socket"))
        }

        @Test func aServerThatSaysNothingEndsWithTheTimeout() throws {
            let listener = try SilentListener()
            let settings = DatabaseSettings(
                host: "127.0.0.1",
                port: UInt16(listener.port),
                connectTimeout: .seconds(1),
                statementTimeout: .seconds(2)
            )
            let clock = ContinuousClock()
            let start = clock.now
            let error = try failure(settings)
            #expect(error.isTransient && error.isConnectionLost)
            #expect(clock.now - start < .seconds(5))
        }

        @Test func aSlowStatementEndsAsALostConnection() throws {
            var settings = try TestDatabase().settings
            settings.statementTimeout = .seconds(1)
            let connection = try MySQLConnection(settings)
            do {
                try connection.run("SELECT SLEEP(20)")
                Issue.record("waited for a slow statement")
            } catch {
                let error = try #require(error as? DatabaseError)
                #expect(error.isTransient && error.isConnectionLost)
                #expect(!connection.isUsable)
            }
        }

        @Test func aKilledConnectionIsLost() throws {
            let database = try TestDatabase()
            let connection = try database.connect()
            try database.server.client(input: "KILL \(connection.connectionNumber)")
            do {
                try connection.run("SELECT 1")
                Issue.record("a killed connection answered")
            } catch {
                let error = try #require(error as? DatabaseError)
                #expect(error.isTransient && error.isConnectionLost)
            }
        }

        @Test func everyResultIsTaken() throws {
            let connection = try TestDatabase().connect()
            for _ in 0..<3 { try connection.execute("SELECT 1, 2", operation: "test") }
            #expect(try connection.lines("SELECT 1") == ["1"])
            #expect(try connection.lines("SET @x = 1") == [])
            try connection.query("SELECT NULL, '', 'a\\0b'", operation: "test") { row in
                #expect(row.text(0) == nil && row.text(1) == "" && row.text(2) == "a\0b")
            }
        }

        @Test(arguments: [
            ("10.6.0-MariaDB", true), ("10.11.6-MariaDB-0+deb12u1", true), ("5.5.5-10.6.4-MariaDB-log", true),
            ("11.4.2-MariaDB", true), ("10.5.23-MariaDB", false), ("8.0.36", true), ("9.1.0", true),
            ("5.7.44-log", false), ("8.0.11-TiDB-v7.5.0", true), ("", false),
        ])
        func knowsWhatItWorksWith(version: String, isSupported: Bool) {
            #expect(ServerVersion(version).isSupported == isSupported)
        }

        @Test func anUnsupportedServerIsTold() throws {
            let server = try MariaDBServer(options: ["--version=10.4.1-MariaDB"])
            defer { server.stop() }
            let error = try failure(DatabaseSettings(socket: server.socket, name: MariaDBServer.database, user: "root"))
            #expect(error.description.contains("10.4.1-MariaDB") && error.description.contains("MariaDB 10.6"))
            #expect(!error.isTransient)
        }
    }
}

/// Accepts connections, by the kernel alone, and never answers.
private final class SilentListener {
    let port: Int
    private let descriptor: Int32

    init() throws {
        port = try LoopbackPort.free()
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let descriptor = descriptor
        let isListening = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 && listen(descriptor, 8) == 0
            }
        }
        guard isListening else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    }

    deinit { close(descriptor) }
}
