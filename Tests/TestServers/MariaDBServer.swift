import Foundation

/// A MariaDB server with a data directory and a unix socket of its own, and on loopback where it is asked for.
///
/// Everybody on the socket is `root`; `database` exists and is empty. Ends with the value.
package final class MariaDBServer: Sendable {
    /// The name of the database that tests may fill.
    package static let database = "metricsd"

    package let folder: TestFolder
    package let socket: String
    /// On 127.0.0.1; nil where the server listens on the socket only.
    package let port: Int?
    /// The file of the authority that signed the server's certificate; nil where it has none.
    package let authority: String?

    /// Kept for as long as the server runs.
    private let fileSystem: SmallFileSystem?
    private let process: TestProcess

    /// - Parameters:
    ///   - fileSystem: what holds its data; 140 MB are enough to start.
    ///   - network: listen on loopback too.
    ///   - certificate: for TLS on the network, made for `localhost` and 127.0.0.1 unless it says otherwise.
    ///   - options: further arguments of `mariadbd`.
    package init(
        on fileSystem: SmallFileSystem? = nil,
        network: Bool = false,
        certificate: SMTPServer.Certificate? = nil,
        options: [String] = []
    ) throws {
        let folder = try TestFolder("mariadb")
        self.folder = folder
        self.fileSystem = fileSystem
        let data = "\(fileSystem?.folder.path ?? folder.path)/data"
        socket = "\(folder.path)/socket"
        port = network ? try LoopbackPort.free() : nil
        let user = geteuid() == 0 ? ["--user=root"] : []
        // A server that starts deletes the temporary tables of every other in the same folder.
        let temporary = "\(folder.path)/tmp"
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: false)
        let common = ["--tmpdir=\(temporary)"] + user
        try MariaDBServer.initialise(folder, data, common)

        let start = try folder.file("start.sql", "CREATE DATABASE IF NOT EXISTS \(MariaDBServer.database);\n")
        var arguments =
            [
                "--no-defaults", "--datadir=\(data)", "--socket=\(socket)",
                "--pid-file=\(folder.path)/pid", "--init-file=\(start)", "--innodb-buffer-pool-size=32M",
                "--innodb-log-file-size=16M", "--innodb-flush-log-at-trx-commit=0", "--performance-schema=OFF",
                // Nobody asks for what a test stored after the machine lost its power.
                "--innodb-flush-method=nosync", "--innodb-doublewrite=0", "--sync-frm=0",
            ] + common + options
        if let port {
            arguments += ["--port=\(port)", "--bind-address=127.0.0.1"]
        } else {
            arguments.append("--skip-networking")
        }
        if let certificate {
            let files = try TestCertificate(certificate, in: folder)
            arguments += ["--ssl-cert=\(files.certificate)", "--ssl-key=\(files.key)", "--ssl-ca=\(files.authority)"]
            authority = files.authority
        } else {
            authority = nil
        }
        process = try TestProcess("mariadbd", arguments, package: "mariadb-server", log: "\(folder.path)/log")
        let path = socket
        try process.waitUntilReady("mariadbd") { MariaDBServer.accepts(path) }
    }

    package var processIdentifier: Int32 { process.processIdentifier }

    package func stop() { process.stop() }

    /// Sends a signal without waiting, e.g. `SIGSTOP`.
    package func signal(_ number: Int32) { process.signal(number) }

    /// Runs a file or a text of SQL through the `mariadb` client, as a user would; gives what it prints.
    @discardableResult
    package func client(_ arguments: [String] = [], input: String) throws -> String {
        guard let program = TestProcess.locate("mariadb") else {
            throw TestProcess.Failure(description: "mariadb is not installed; apt-get install mariadb-client")
        }
        let file = try folder.file("input-\(UUID().uuidString).sql", input)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["--no-defaults", "--socket=\(socket)", "--user=root"] + arguments
        process.standardInput = FileHandle(forReadingAtPath: file)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw TestProcess.Failure(description: "mariadb: \(text)") }
        return text
    }

    private static func initialise(_ folder: TestFolder, _ data: String, _ common: [String]) throws {
        let process = try TestProcess(
            "mariadb-install-db",
            [
                "--no-defaults", "--datadir=\(data)", "--auth-root-authentication-method=normal",
                "--skip-test-db", "--innodb-log-file-size=16M",
            ] + common,
            package: "mariadb-server",
            log: "\(folder.path)/install.log"
        )
        let end = ContinuousClock().now + .seconds(60)
        while process.isRunning, ContinuousClock().now < end { usleep(10_000) }
        let text = (try? String(contentsOfFile: process.log, encoding: .utf8)) ?? ""
        // What it says when the system tables and their rows are there.
        guard !process.isRunning, text.contains("\nOK\n") else {
            throw TestProcess.Failure(description: "mariadb-install-db failed: \(text.suffix(2_000))")
        }
    }

    /// Whether something accepts connections on a unix socket.
    private static func accepts(_ path: String) -> Bool {
        let descriptor = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
