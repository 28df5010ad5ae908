import Foundation
import TestServers

/// Three hosts with a log each, a receiver that takes files by SFTP only, a database and a mail server, and one
/// configuration that ties them together.
final class CollectionChain {
    struct Source {
        let host: String
        let sshd: SSHServer
        let log: NumberedLog
    }

    /// A file as the receiver has it.
    struct Received {
        let path: String
        let content: Data

        var lines: Int { content.count { $0 == UInt8(ascii: "\n") } }
    }

    let folder: TestFolder
    let sources: [Source]
    let receiver: SSHServer
    let database: MariaDBServer
    let smtp: SMTPServer
    private let incoming: String

    /// - Parameters:
    ///   - attributes: of the `<delivery>`.
    ///   - summaryAt: seconds into the hour; nil for no summary.
    init(deliveryAttributes attributes: String = "retry=\"10s\"", summaryAt: Int? = nil) throws {
        let folder = try TestFolder("chain")
        self.folder = folder
        incoming = "\(folder.path)/incoming"
        try FileManager.default.createDirectory(atPath: incoming, withIntermediateDirectories: true)
        var options = SSHServer.Options()
        options.configuration = ["ForceCommand internal-sftp"]
        receiver = try SSHServer(options)
        database = try MariaDBServer()
        smtp = try SMTPServer()
        sources = try (1...3).map { number in
            let host = "web-\(number)"
            return Source(
                host: host,
                sshd: try SSHServer(),
                log: try NumberedLog("\(try Self.make(host, in: folder))/access.log")
            )
        }
        let hosts = sources.map { source in
            """
              <host name="\(source.host)" address="127.0.0.1" port="\(source.sshd.port)" key="\(source.sshd.keyFile)"
                  known-hosts="\(source.sshd.knownHostsFile)" remote-directory="\(folder.path)/\(source.host)/probe">
                <log name="access" path="\(source.log.path)" interval="1s" start="beginning">
                  <store window="10s" close-after="2s" name="{host}_{yyMMddHHmmss}.log" deliver="edw"/>
                </log>
              </host>
            """
        }
        let summary = summaryAt.map { "<summary at=\"\($0)s\" mail=\"ops@example.org\"/>" } ?? ""
        try folder.file(
            "server_config.xml",
            """
            <metricsd interval="1s" timeout="10s" user="\(receiver.user)" metrics="uptime_seconds" mail="ops@example.org">
              <state directory="state"/>
              <database socket="\(database.socket)" user="root" name="metricsd"/>
              <smtp server="smtp://127.0.0.1:\(smtp.port)" from="metricsd@example.org"/>
              <delivery name="edw" server="sftp://\(receiver.user)@127.0.0.1:\(receiver.port)\(incoming)"
                  key="\(receiver.keyFile)" known-hosts="\(receiver.knownHostsFile)" \(attributes)/>
              \(summary)
            \(hosts.joined(separator: "\n"))
            </metricsd>
            """
        )
    }

    private static func make(_ host: String, in folder: TestFolder) throws -> String {
        let path = "\(folder.path)/\(host)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    func start() throws -> Program { try Program(["run"], in: folder.path) }

    /// Some lines of one of the hosts, a pause, and now and then a rotation.
    func write(using random: inout SeededGenerator) throws {
        let log = sources[Int.random(in: sources.indices, using: &random)].log
        log.append(Int.random(in: 1...20, using: &random))
        switch Int.random(in: 0..<300, using: &random) {
        case 0: try log.rotateByRename(keeping: 200)
        case 1: try log.rotateByCopy(keeping: 200)
        default: break
        }
        usleep(UInt32.random(in: 5_000...30_000, using: &random))
    }

    /// Lines that were written, on all hosts.
    var lineCount: Int { sources.reduce(0) { $0 + $1.log.count } }

    /// What lies in the receiver's folder, temporary files included, by name.
    func received() throws -> [Received] {
        try FileManager.default.contentsOfDirectory(atPath: incoming).sorted().map { name in
            let path = "\(incoming)/\(name)"
            return Received(path: path, content: try Data(contentsOf: URL(fileURLWithPath: path)))
        }
    }

    /// The numbers of a host's lines that the receiver has, as often as it has them.
    func numbers(from host: String) throws -> [Int] {
        try received().filter { $0.path.hasPrefix("\(incoming)/\(host)_") }.flatMap { file in
            String(decoding: file.content, as: UTF8.self).split(separator: "\n").map { line in
                let target = line.split(separator: " ").first { $0.hasPrefix("/n") }
                return target.flatMap { Int($0.dropFirst(2)) } ?? -1
            }
        }
    }

    func rows(_ sql: String) throws -> [String] {
        try database.client(["--skip-column-names", "metricsd"], input: sql).lines
    }

    /// `sha256sum` of a file (coreutils): not by the library that metricsd uses.
    func sha256(_ path: String) throws -> String {
        String(try SSHServer.run("sha256sum", ["--", path]).prefix(64))
    }
}
