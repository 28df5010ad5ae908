import Foundation
import TestServers

/// A folder with a server_config.xml, and a real sshd to watch.
///
/// `$PORT`, `$KEY`, `$KNOWN_HOSTS`, `$USER` and `$FOLDER` in the document are replaced.
final class Site {
    let folder: TestFolder
    let sshd: SSHServer
    private let state: String
    var configuration: String { "\(folder.path)/server_config.xml" }

    init(
        _ hosts: String = "<host name=\"web-1\" address=\"127.0.0.1\" port=\"$PORT\"/>",
        attributes: String = "interval=\"1s\" timeout=\"20s\" metrics=\"uptime_seconds cpu_percent mem_percent\"",
        services: String = "",
        state: String = "state",
        sshd options: SSHServer.Options = .init()
    ) throws {
        self.state = state
        folder = try TestFolder("site")
        sshd = try SSHServer(options)
        try write(hosts, attributes: attributes, services: services)
    }

    func write(_ hosts: String, attributes: String, services: String) throws {
        let document = """
            <metricsd user="$USER" key="$KEY" known-hosts="$KNOWN_HOSTS" remote-directory="$FOLDER/probe" \(attributes)>
              <state directory="\(state)"/>
              \(services)
              \(hosts)
            </metricsd>
            """
            .replacing("$PORT", with: "\(sshd.port)").replacing("$KEY", with: sshd.keyFile)
            .replacing("$KNOWN_HOSTS", with: sshd.knownHostsFile).replacing("$USER", with: sshd.user)
            .replacing("$FOLDER", with: folder.path)
        try folder.file("server_config.xml", document)
    }

    /// Runs metricsd in the folder, so that it finds the configuration without being told.
    func metricsd(_ arguments: String..., environment: [String: String] = [:]) throws -> Program.Outcome {
        try Program.run(arguments, in: folder.path, environment: environment, seconds: 60)
    }

    func start(
        _ arguments: String...,
        environment: [String: String] = [:],
        terminal: Terminal? = nil
    ) throws -> Program {
        try Program(arguments, in: folder.path, environment: environment, terminal: terminal)
    }

    /// The command lines of processes that have to do with this folder: a probe that runs in it, a database server
    /// that keeps its data in it (`man 5 proc`).
    func processes() -> [String] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { Int32($0) }.compactMap { identifier in
            guard let data = FileManager.default.contents(atPath: "/proc/\(identifier)/cmdline") else { return nil }
            let line = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
            return line.contains(folder.path) ? line : nil
        }
    }

    /// What the embedded database answers, cells joined by tabs; empty while it is not there.
    func rows(_ sql: String) throws -> [String] {
        let socket = "\(folder.path)/state/mariadb/mariadb.sock"
        guard FileManager.default.fileExists(atPath: socket) else { return [] }
        let text = try? SSHServer.run(
            "mariadb",
            ["--no-defaults", "--socket=\(socket)", "--user=root", "--skip-column-names", "-e", sql, "metricsd"]
        )
        return text?.lines ?? []
    }
}
