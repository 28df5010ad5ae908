/// What the numbers of server and client library mean for whoever runs metricsd.
///
/// Sources: https://mariadb.com/kb/en/mariadb-error-code-reference/,
/// https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html, the library's `errmsg.h`.
extension DatabaseError {
    init(operation: String, code: UInt32, sqlState: String, text: String, settings: DatabaseSettings) {
        let isDiskFull = Self.diskFull.contains(code) || (code == 1030 && text.contains("error 28"))
        self.init(
            operation: operation,
            server: settings.server,
            code: code,
            sqlState: sqlState,
            text: text,
            mend: isDiskFull ? "Free disk space on the database server" : Self.mend(code, text, settings),
            isTransient: isDiskFull || Self.transient.contains(code) || Self.connectionLost.contains(code),
            isConnectionLost: Self.connectionLost.contains(code)
        )
    }

    /// Table full and disk full.
    private static let diskFull: Set<UInt32> = [1021, 1114]

    /// The connection is of no use afterwards, whoever ended it.
    private static let connectionLost: Set<UInt32> = [
        1053,  // shutdown in progress
        1080,  // forced close
        1152, 1158, 1159, 1160, 1161, 1184,  // aborted connection, network errors
        1927,  // MariaDB: connection was killed
        2002, 2003, 2005, 2006, 2012, 2013, 2014, 2027, 2055,  // client: not reached, gone, lost, out of step
        3169,  // MySQL: session was killed
        4031,  // MySQL: idle for too long
    ]

    private static let transient: Set<UInt32> = [
        1037, 1038, 1041, 1135,  // out of memory, no thread
        1040, 1203, 1226,  // too many connections, resource limits of a user
        1047,  // Galera: the node is not ready
        1205, 1213, 1614,  // lock wait, deadlock
        1290, 1792, 1836, 3032,  // read-only server, offline mode
        1317, 1969, 3024,  // statement interrupted
        1020,  // row changed since the transaction began
        1412,  // table definition changed in the transaction
        1637,  // too many transactions
        3100, 3101,  // a replication group refused the transaction
    ]

    private static func mend(_ code: UInt32, _ text: String, _ settings: DatabaseSettings) -> String? {
        switch code {
        case 1040: "Raise max_connections of the server, or end what holds its connections"
        case 1044, 1142, 1143, 1227, 1370:
            "Grant it on the server: GRANT ALL PRIVILEGES ON `\(settings.name)`.* TO '\(settings.user)'@'%'"
        case 1045, 1698:
            "Check user and password of <database>, and that the server lets this user in from this machine"
        case 1049: "Create it on the server: CREATE DATABASE `\(settings.name)` CHARACTER SET utf8mb4"
        case 1054, 1136, 1364:
            "A table was changed since metricsd created it; compare it with db_model.sql of this version"
        case 1129: "Let the server forget the failed attempts: FLUSH HOSTS"
        case 1130: "Create the user on the server for the address that metricsd comes from"
        case 1146: "Apply db_model.sql of this version, or restart metricsd, which does"
        case 1153: "Raise max_allowed_packet of the server"
        case 1251, 1524, 2058, 2059: "Give the user an authentication plugin that this client library has"
        case 1290, 1792, 1836: "The server is read-only; it is tried again until it accepts writes"
        case 2002, 2003:
            settings.socket == nil
                ? "Check that the server runs and listens there, and that no firewall is between"
                : "Check that the server runs and that this user may open its socket"
        case 2005: "Check the name in <database host=…>, and the name service of this machine"
        case 2026 where text.contains("does not support"):
            "Switch TLS on at the server, or allow an unencrypted connection with tls=\"preferred\""
        case 2026 where settings.tls == .verified:
            "Name the file of the authority that signed the server's certificate with ca=\"…\", check that "
                + "the certificate is for \(settings.host), or go without the check with tls=\"required\""
        case 3159, 4151: "The server wants TLS; set tls=\"required\" or tls=\"verified\""
        default: nil
        }
    }
}
