package import Secrets

/// How the connection to a database server is encrypted, and how much the server must prove.
package enum TransportSecurity: String, CaseIterable, Sendable {
    /// TLS where the server has it, else none. Nothing is checked: anyone on the way can read and alter.
    case preferred
    /// TLS or no connection. The certificate is not checked: safe against listening, not against an impostor.
    case required
    /// TLS with a certificate for the server's name, signed by an authority that is trusted.
    case verified
}

/// Where the database is and how to log in to it.
package struct DatabaseSettings: Hashable, Sendable {
    /// A name or an IP address; not looked at where there is a socket.
    package var host: String
    package var port: UInt16
    /// The path of a unix socket, used instead of host and port.
    package var socket: String?
    /// The name of the database; empty to connect to the server only.
    package var name: String
    package var user: String
    /// Without one the server must let the user in by other means (a unix socket's owner, a client certificate).
    package var password: Secret?
    package var tls: TransportSecurity
    /// A PEM file of the authorities that may have signed the server's certificate; the system's without it.
    package var certificateAuthority: String?
    /// Name lookup is not part of it.
    package var connectTimeout: Duration
    /// How long one statement may take: an unanswered one ends as a lost connection.
    package var statementTimeout: Duration

    /// - Parameter tls: without it `defaultSecurity(host:socket:)`.
    package init(
        host: String = "localhost",
        port: UInt16 = 3306,
        socket: String? = nil,
        name: String = "metricsd",
        user: String = "metricsd",
        password: Secret? = nil,
        tls: TransportSecurity? = nil,
        certificateAuthority: String? = nil,
        connectTimeout: Duration = .seconds(5),
        statementTimeout: Duration = .seconds(30)
    ) {
        self.host = host
        self.port = port
        self.socket = socket
        self.name = name
        self.user = user
        self.password = password
        self.tls = tls ?? DatabaseSettings.defaultSecurity(host: host, socket: socket)
        self.certificateAuthority = certificateAuthority
        self.connectTimeout = connectTimeout
        self.statementTimeout = statementTimeout
    }

    /// `.preferred` on this machine, where nobody is on the way; `.verified` over a network: like an SSH host key, a
    /// certificate is checked unless the user says otherwise, and the error of a failed check names the ways out.
    package static func defaultSecurity(host: String, socket: String? = nil) -> TransportSecurity {
        if socket != nil { return .preferred }
        let name = host.lowercased()
        let isIPv4Loopback = name.hasPrefix("127.") && name.allSatisfy { $0 == "." || ("0"..."9").contains($0) }
        return name == "localhost" || name == "::1" || isIPv4Loopback ? .preferred : .verified
    }

    /// The server as people write it: `db.example.org:3306`, or the socket's path.
    package var server: String {
        if let socket { return socket }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
