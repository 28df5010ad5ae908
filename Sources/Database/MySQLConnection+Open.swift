import CMySQL
import Glibc
import Secrets

/// How a connection is made, and what the server has to prove before it is given the password.
extension MySQLConnection {
    /// Set up once: two threads must not do it at the same time.
    private static let isLibraryReady: Bool = {
        // The library writes to encrypted connections in a way that would end the program when the server is gone.
        signal(SIGPIPE, SIG_IGN)
        return mysql_server_init(0, nil, nil) == 0
    }()

    /// - Returns: a connection that the caller closes.
    static func open(_ settings: DatabaseSettings) throws(DatabaseError) -> UnsafeMutablePointer<MYSQL> {
        let password: String
        do {
            password = try settings.password?.reveal() ?? ""
        } catch {
            throw objection("read the password", settings, error.description)
        }
        if settings.socket != nil || settings.tls == .preferred {
            return try open(settings, password, isVerifying: false)
        }
        // Told to encrypt and not to verify, the library goes on without encryption where the server has none. Told to
        // verify it does not, so this is what it is told first. A certificate that fails the check proves that the
        // server has TLS.
        do throws(DatabaseError) {
            return try open(settings, password, isVerifying: true)
        } catch {
            // CR_SSL_CONNECTION_ERROR
            guard settings.tls == .required, error.code == 2026, !error.isForWantOfTLS else {
                throw error
            }
        }
        let handle = try open(settings, password, isVerifying: false)
        guard mysql_get_ssl_cipher(handle) != nil else {
            mysql_close(handle)
            throw objection("connect", settings, "the server offered TLS and then went on without")
        }
        return handle
    }

    private static func open(
        _ settings: DatabaseSettings,
        _ password: String,
        isVerifying: Bool
    ) throws(DatabaseError) -> UnsafeMutablePointer<MYSQL> {
        guard isLibraryReady, let handle = mysql_init(nil) else {
            throw DatabaseError(
                operation: "connect",
                server: settings.server,
                text: "out of memory",
                isTransient: true,
                isConnectionLost: true
            )
        }
        setOptions(handle, settings, isVerifying: isVerifying)
        let isLocal = settings.socket != nil
        let connected = mysql_real_connect(
            handle,
            isLocal ? nil : settings.host,
            settings.user,
            password,
            settings.name.isEmpty ? nil : settings.name,
            isLocal ? 0 : UInt32(settings.port),
            settings.socket,
            0
        )
        guard connected != nil else {
            var error = failure("connect", handle, settings)
            error.isConnectionLost = true
            mysql_close(handle)
            throw error
        }
        return handle
    }

    private static func setOptions(
        _ handle: UnsafeMutablePointer<MYSQL>,
        _ settings: DatabaseSettings,
        isVerifying: Bool
    ) {
        func set<Value>(_ option: mysql_option, _ value: Value) {
            withUnsafePointer(to: value) { _ = mysql_options(handle, option, $0) }
        }
        set(MYSQL_OPT_CONNECT_TIMEOUT, settings.connectTimeout.wholeSeconds)
        set(MYSQL_OPT_READ_TIMEOUT, settings.statementTimeout.wholeSeconds)
        set(MYSQL_OPT_WRITE_TIMEOUT, settings.statementTimeout.wholeSeconds)
        // A server must not be able to ask for files of this machine.
        set(MYSQL_OPT_LOCAL_INFILE, UInt32(0))
        // The library takes "localhost" for the default socket of the machine otherwise.
        let isLocal = settings.socket != nil
        set(MYSQL_OPT_PROTOCOL, isLocal ? MYSQL_PROTOCOL_SOCKET.rawValue : MYSQL_PROTOCOL_TCP.rawValue)
        mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        if isLocal { return }
        set(MYSQL_OPT_SSL_ENFORCE, my_bool(1))
        guard isVerifying else { return }
        set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, my_bool(1))
        if let file = settings.certificateAuthority { mysql_options(handle, MYSQL_OPT_SSL_CA, file) }
    }

    private static func objection(_ operation: String, _ settings: DatabaseSettings, _ text: String) -> DatabaseError {
        DatabaseError(operation: operation, server: settings.server, text: text, isConnectionLost: true)
    }
}

extension DatabaseError {
    /// Whether the server has no TLS at all; the library has one error number for everything around it.
    var isForWantOfTLS: Bool {
        text.contains("does not support")
    }
}

extension Duration {
    /// Rounded up, at least one: the library counts its timeouts in seconds, and takes 0 for "none".
    var wholeSeconds: UInt32 {
        let (seconds, attoseconds) = components
        return UInt32(clamping: max(1, seconds + (attoseconds > 0 ? 1 : 0)))
    }
}
