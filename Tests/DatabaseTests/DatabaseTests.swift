import Database
import Secrets
import TestServers
import Testing

/// Everything that needs a server shares one, started before the first of these tests and stopped after the last. Each
/// test has a database of its own.
@Suite(.mariaDB) enum DatabaseTests {}

/// Starts the shared server around a suite.
struct MariaDBTrait: SuiteTrait, TestScoping {
    @TaskLocal static var server: MariaDBServer?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        let server = try MariaDBServer(network: true, certificate: .valid)
        defer { server.stop() }
        try await Self.$server.withValue(server) { try await function() }
    }
}

extension Trait where Self == MariaDBTrait {
    static var mariaDB: Self { Self() }
}

/// A new database on the shared server.
struct TestDatabase {
    let server: MariaDBServer
    let settings: DatabaseSettings

    init(_ name: String = #function) throws {
        server = try #require(MariaDBTrait.server)
        let number = String(UInt32.random(in: 0 ... .max), radix: 16)
        let name = "\(name.prefix { $0 != "(" }.prefix(40))_\(number)"
        settings = DatabaseSettings(
            socket: server.socket,
            name: name,
            user: "root",
            statementTimeout: .seconds(6)
        )
        try server.client(input: "CREATE DATABASE `\(name)`")
    }

    func connect() throws -> MySQLConnection { try MySQLConnection(settings) }

    /// A connection to the database with its schema.
    func prepared() throws -> MySQLConnection {
        let connection = try connect()
        try Schema.apply(connection)
        return connection
    }
}

extension MySQLConnection {
    /// The rows with columns joined by `|`.
    func lines(_ sql: String) throws -> [String] {
        try query(sql, operation: "look").map { $0.map { $0 ?? "NULL" }.joined(separator: "|") }
    }

    func run(_ sql: String) throws {
        try execute(sql, operation: "prepare")
    }
}
