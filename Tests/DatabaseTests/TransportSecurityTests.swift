import Database
import Secrets
import TestServers
import Testing

extension DatabaseTests {
    struct TransportSecurityTests {
        /// A user who may log in over the network with a password.
        private func settings(
            _ tls: TransportSecurity,
            server: MariaDBServer? = nil,
            host: String = "127.0.0.1",
            authority: String? = nil
        ) throws -> DatabaseSettings {
            let server = try server ?? #require(MariaDBTrait.server)
            let user = "u_" + String(UInt64.random(in: 0 ... .max), radix: 16)
            try server.client(
                input: "CREATE OR REPLACE USER \(user) IDENTIFIED BY 'pw'; GRANT ALL ON *.* TO \(user);"
            )
            return DatabaseSettings(
                host: host,
                port: UInt16(server.port ?? 0),
                name: MariaDBServer.database,
                user: user,
                password: Secret(.inline("pw")),
                tls: tls,
                certificateAuthority: authority
            )
        }

        private func failure(_ settings: DatabaseSettings) -> DatabaseError? {
            do {
                _ = try MySQLConnection(settings)
                return nil
            } catch {
                return error
            }
        }

        @Test(arguments: ["127.0.0.1", "localhost"])
        func aTrustedCertificateForTheNameIsVerified(host: String) throws {
            let authority = try #require(MariaDBTrait.server?.authority)
            let connection = try MySQLConnection(settings(.verified, host: host, authority: authority))
            #expect(connection.cipher != nil)
        }

        @Test func anUnknownAuthorityIsRefused() throws {
            let error = try #require(try failure(settings(.verified)))
            #expect(error.code == 2026 && !error.isTransient)
            #expect(error.description.contains("ca=\""))
        }

        @Test func anotherAuthorityIsRefused() throws {
            let other = try MariaDBServer(network: true, certificate: .otherName)
            defer { other.stop() }
            #expect(try failure(settings(.verified, authority: other.authority))?.code == 2026)
            // The right authority, and a certificate for another name.
            let error = try #require(try failure(settings(.verified, server: other, authority: other.authority)))
            #expect(error.code == 2026 && error.description.contains("127.0.0.1"))
            // Encrypted, whoever answers.
            #expect(try MySQLConnection(settings(.required, server: other)).cipher != nil)
        }

        @Test func encryptionWithoutACheckAcceptsAnyCertificate() throws {
            #expect(try MySQLConnection(settings(.required)).cipher != nil)
        }

        @Test func preferredUsesWhatTheServerHas() throws {
            #expect(try MySQLConnection(settings(.preferred)).cipher != nil)
        }

        @Test func aServerWithoutTLSGetsNoPasswordUnlessItIsAllowed() throws {
            let plain = try MariaDBServer(network: true)
            defer { plain.stop() }
            for tls in [TransportSecurity.required, .verified] {
                let error = try #require(try failure(settings(tls, server: plain)))
                #expect(error.code == 2026 && !error.isTransient)
                #expect(error.description.contains("tls=\"preferred\""), "\(error)")
            }
            #expect(try MySQLConnection(settings(.preferred, server: plain)).cipher == nil)
        }

        @Test func overANetworkTheDefaultIsToVerify() {
            #expect(DatabaseSettings(host: "db.example.org").tls == .verified)
            #expect(DatabaseSettings(host: "192.0.2.1").tls == .verified)
            #expect(DatabaseSettings(host: "127.evil.example").tls == .verified)
            #expect(DatabaseSettings(host: "localhost").tls == .preferred)
            #expect(DatabaseSettings(host: "127.0.0.2").tls == .preferred)
            #expect(DatabaseSettings(host: "::1").tls == .preferred)
            #expect(DatabaseSettings(host: "db.example.org", socket: "/run/mysqld/mysqld.sock").tls == .preferred)
        }
    }
}
