/// Which server answers, from its `VERSION()`: `10.11.6-MariaDB-0+deb12u1`, `8.0.36`, `8.0.11-TiDB-v7.5.0`.
package struct ServerVersion: Equatable, Sendable, CustomStringConvertible {
    package var text: String
    package var isMariaDB: Bool
    package var major: Int
    package var minor: Int

    package init(_ text: String) {
        self.text = text
        isMariaDB = text.lowercased().contains("mariadb")
        // MariaDB behind a proxy may show the prefix that it uses for replication with old MySQL servers.
        let number = text.hasPrefix("5.5.5-") ? text.dropFirst(6) : text[...]
        let parts = number.split(whereSeparator: { !$0.isNumber })
        major = parts.first.flatMap { Int($0) } ?? 0
        minor = parts.dropFirst().first.flatMap { Int($0) } ?? 0
    }

    /// MariaDB 10.6 and MySQL 8.0 are the oldest that the schema is made for.
    package var isSupported: Bool {
        isMariaDB ? (major, minor) >= (10, 6) : (major, minor) >= (8, 0)
    }

    package var description: String { text }
}
