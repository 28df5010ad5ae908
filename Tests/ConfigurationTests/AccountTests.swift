import Foundation
import SSH
import Secrets
import TestServers
import Testing

@testable import Configuration

/// What depends on the account and its files: secrets, keys, paths, the state directory.
struct AccountTests {
    private let folder: TestFolder

    init() throws {
        folder = try TestFolder("account")
    }

    private func load(_ text: String, account: LocalAccount = FixtureTests.account) throws -> ServerConfiguration {
        try ServerConfiguration.load(try folder.file("server_config.xml", text), account: account)
    }

    /// A host's file goes before its group's inline password: the alternatives are one setting.
    @Test func secretsAreInheritedAsAUnit() throws {
        try folder.file("host.password", "of the host\n")
        let configuration = try load(
            """
            <metricsd password="of all" passphrase-env="METRICSD_TEST_SECRET">
              <host name="a"/>
              <host name="b" password-file="host.password"/>
              <host name="c" password-env="METRICSD_TEST_SECRET"/>
            </metricsd>
            """
        )
        let hosts = configuration.hosts
        #expect(hosts[0].target.credentials.password == Secret(.inline("of all")))
        #expect(try hosts[1].target.credentials.password?.reveal() == "of the host")
        #expect(hosts[2].target.credentials.password == Secret(.environment("METRICSD_TEST_SECRET")))
        #expect(hosts[2].target.credentials.passphrase == Secret(.environment("METRICSD_TEST_SECRET")))
        #expect(!String(reflecting: configuration).contains("of all"))
    }

    @Test func pathsStartAtTheFileOrAtHome() throws {
        let configuration = try load(
            """
            <metricsd known-hosts="ssh/../known_hosts">
              <state directory="state"/>
              <host name="a" key="keys/id"/>
              <host name="b" key="~/id"/>
              <host name="c" key="/id" known-hosts="/known"/>
            </metricsd>
            """
        )
        #expect(configuration.stateDirectory == "\(folder.path)/state")
        #expect(
            configuration.hosts.map(\.target.credentials.keyFile) == [
                "\(folder.path)/keys/id", "/nonexistent/monitor/id", "/id",
            ]
        )
        #expect(configuration.hosts[0].target.knownHostsFiles == ["\(folder.path)/known_hosts"])
        #expect(configuration.hosts[2].target.knownHostsFiles == ["/known"])
    }

    @Test func theStateDirectoryDependsOnTheAccount() throws {
        let text = "<metricsd><host name=\"a\"/></metricsd>"
        var account = LocalAccount(name: "monitor", home: "/home/monitor", isRoot: false, environment: [:])
        #expect(try load(text, account: account).stateDirectory == "/home/monitor/.local/state/metricsd")
        account.environment = ["XDG_STATE_HOME": "/state"]
        #expect(try load(text, account: account).stateDirectory == "/state/metricsd")
        account.isRoot = true
        #expect(try load(text, account: account).stateDirectory == "/var/lib/metricsd")
        // The packaged service, and `sudo -u metricsd`, whose environment is another.
        for environment in [[:], ["XDG_STATE_HOME": "/state"]] {
            let service = LocalAccount(
                name: "metricsd",
                home: "/var/lib/metricsd",
                isRoot: false,
                environment: environment
            )
            #expect(try load(text, account: service).stateDirectory == "/var/lib/metricsd")
        }
    }

    @Test func theKeyAndTheAgentHaveDefaults() throws {
        let text = "<metricsd><host name=\"a\"/><host name=\"b\" agent=\"no\"/></metricsd>"
        var account = LocalAccount(name: "monitor", home: folder.path, isRoot: false, environment: [:])
        var credentials = try load(text, account: account).hosts.map(\.target.credentials)
        #expect(credentials.map(\.keyFile) == [nil, nil])
        #expect(credentials.map(\.usesAgent) == [false, false])
        try FileManager.default.createDirectory(atPath: "\(folder.path)/.ssh", withIntermediateDirectories: false)
        try folder.file(".ssh/id_rsa", "key")
        try folder.file(".ssh/id_ecdsa", "key")
        account.environment["SSH_AUTH_SOCK"] = "/agent"
        credentials = try load(text, account: account).hosts.map(\.target.credentials)
        #expect(credentials.map(\.keyFile) == ["\(folder.path)/.ssh/id_ecdsa", "\(folder.path)/.ssh/id_ecdsa"])
        #expect(credentials.map(\.usesAgent) == [true, false])
    }

    @Test func secretsThatOthersCanReadAreAWarning() throws {
        try folder.file("open.password", "x", mode: 0o644)
        try folder.file("closed.password", "x", mode: 0o600)
        let text = """
            <metricsd>
              <host name="a" password="hunter2"/>
              <host name="b" password-file="open.password" key="open.password"/>
              <host name="c" password-file="closed.password" key="closed.password"/>
            </metricsd>
            """
        func warnings(mode: Int) throws -> [String] {
            let path = try folder.file("server_config.xml", text, mode: mode)
            return try ServerConfiguration.load(path, account: FixtureTests.account).warnings
                .map { $0.description.replacing("\(path):", with: "") }
        }
        let closed = try warnings(mode: 0o600)
        #expect(
            closed == [
                "1:1: warning: there is no <smtp>: no mail will be sent; alerts are recorded and logged only",
                "3:18: warning: the file that 'password-file' names can be read by others; chmod 600 it",
                "3:48: warning: the file that 'key' names can be read by others; chmod 600 it",
            ]
        )
        let open = try warnings(mode: 0o640)
        #expect(open.contains { $0.hasPrefix("2:18: warning: this password stands in a file that others can read") })
        #expect(!open.joined().contains("hunter2"))
    }
}
