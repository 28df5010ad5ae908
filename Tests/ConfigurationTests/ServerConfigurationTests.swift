import Alerts
import Database
import Foundation
import Mail
import SSH
import Secrets
import TestServers
import Testing

@testable import Configuration

/// What a file without errors means: inheritance, defaults, paths, alerts and commands of groups.
struct ServerConfigurationTests {
    private let folder: TestFolder

    init() throws {
        folder = try TestFolder("configuration")
    }

    private func load(_ text: String, account: LocalAccount = FixtureTests.account) throws -> ServerConfiguration {
        try ServerConfiguration.load(try folder.file("server_config.xml", text), account: account)
    }

    /// The design's own example, without what later versions bring.
    @Test func theDesignsExample() throws {
        try folder.file("mysql.password", "first")
        try folder.file("smtp.password", "second")
        let configuration = try load(
            """
            <metricsd interval="60s" user="monitor" key="~/.ssh/id_ed25519" mail="ops@example.org">
              <state directory="/var/lib/metricsd"/>
              <database host="db.example.org" port="3306" name="metricsd" user="metricsd" password-file="mysql.password"/>
              <smtp server="smtps://smtp.example.org:465" from="metricsd@example.org" user="metricsd"
                    password-file="smtp.password"/>
              <group name="linux" metrics="standard">
                <alert type="uptime_seconds" below="90" clear="95"/>
                <alert type="unreachable" for="3m" severity="critical"/>
                <host name="web-1" address="192.0.2.11" metrics="uptime_seconds load1">
                  <alert type="cpu_percent" above="90" for="5m" mail="web@example.org"/>
                  <command name="queue_depth" run="/usr/local/bin/queue-depth" interval="5m"/>
                </host>
                <host name="db-1" address="192.0.2.12" port="2222" interval="10s"/>
              </group>
            </metricsd>
            """
        )
        #expect(configuration.stateDirectory == "/var/lib/metricsd")
        #expect(configuration.database?.server == "db.example.org:3306")
        #expect(configuration.database?.tls == .verified)
        #expect(try configuration.database?.password?.reveal() == "first")
        #expect(configuration.smtp?.server == .init(encryption: .implicitTLS, host: "smtp.example.org", port: 465))
        #expect(try configuration.smtp?.password?.reveal() == "second")

        let web = try #require(configuration.hosts.first)
        #expect(web.name == "web-1")
        #expect(web.groups == ["linux"])
        #expect(
            web.target
                == SSHTarget(
                    name: "web-1",
                    address: "192.0.2.11",
                    port: 22,
                    user: "monitor",
                    credentials: SSHCredentials(keyFile: "/nonexistent/monitor/.ssh/id_ed25519", usesAgent: true),
                    hostKeyPolicy: .strict,
                    knownHostsFiles: ["/nonexistent/monitor/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts"],
                    timeout: .seconds(10)
                )
        )
        #expect(web.interval == .seconds(60))
        #expect(web.timeout == .seconds(10))
        // Its own `metrics` replace the group's; what its alerts name comes on top.
        #expect(web.metrics == ["uptime_seconds", "load1", "cpu_percent"])
        #expect(
            web.commands == [
                CommandSettings(
                    name: "queue_depth",
                    run: "/usr/local/bin/queue-depth",
                    interval: .seconds(300),
                    timeout: .seconds(30),
                    outputLimit: 65_536
                )
            ]
        )
        #expect(
            web.alerts == [
                AlertRule(
                    .metric("uptime_seconds", AlertThreshold(.below, 90, clear: 95)),
                    recipients: ["ops@example.org"]
                ),
                AlertRule(
                    .unreachable,
                    holdFor: .seconds(180),
                    severity: .critical,
                    recipients: ["ops@example.org"]
                ),
                AlertRule(
                    .metric("cpu_percent", AlertThreshold(.above, 90)),
                    holdFor: .seconds(300),
                    recipients: ["web@example.org"]
                ),
            ]
        )

        let database = try #require(configuration.hosts.last)
        #expect(database.target.port == 2222)
        #expect(database.interval == .seconds(10))
        #expect(database.timeout == .seconds(9), "the answer to a poll is not awaited beyond the next one")
        #expect(database.target.timeout == .seconds(10), "logging in may take longer than an interval")
        #expect(database.alerts.count == 2)
        #expect(database.commands.isEmpty)
    }

    @Test func theNearestElementDecides() throws {
        let configuration = try load(
            """
            <metricsd user="a" port="1" interval="1m" mail="a@example.org" host-key="accept-new">
              <alert type="unreachable"/>
              <group name="outer" user="b" port="2" mail="b@example.org">
                <group user="c">
                  <host name="deep" port="3"/>
                  <host name="plain" host-key="SHA256:uNiVztksCsDhcc0u9e8BrrsSL7IFjUT3sPRLMKa81vQ"/>
                </group>
                <host name="middle" mail="c@example.org, d@example.org"/>
              </group>
              <host name="outside"/>
            </metricsd>
            """
        )
        #expect(configuration.hosts.map(\.name) == ["deep", "plain", "middle", "outside"])
        #expect(configuration.hosts.map(\.target.user) == ["c", "c", "b", "a"])
        #expect(configuration.hosts.map(\.target.port) == [3, 2, 2, 1])
        #expect(
            configuration.hosts.map(\.target.hostKeyPolicy) == [
                .acceptNew, .pinned("SHA256:uNiVztksCsDhcc0u9e8BrrsSL7IFjUT3sPRLMKa81vQ"), .acceptNew, .acceptNew,
            ]
        )
        #expect(
            configuration.hosts.map { $0.alerts[0].recipients } == [
                ["b@example.org"], ["b@example.org"], ["c@example.org", "d@example.org"], ["a@example.org"],
            ]
        )
        #expect(configuration.hosts.map(\.groups) == [["outer"], ["outer"], ["outer"], []])
        // The address of a host without one is its name.
        #expect(configuration.hosts[0].target.address == "deep")
    }

    @Test func commandsAreMetricTypesOfTheirHosts() throws {
        let configuration = try load(
            """
            <metricsd interval="10s" mail="ops@example.org">
              <command name="disk-report" run="df -h; who"/>
              <alert type="disk-report"/>
              <group name="mail">
                <command name="queue_depth" run="queue-depth" interval="20s" timeout="5s" output-limit="1KiB"/>
                <alert type="queue_depth" above="10.5" clear="-1"/>
                <host name="mx-1"/>
              </group>
              <host name="web-1"/>
            </metricsd>
            """
        )
        let mail = configuration.hosts[0]
        #expect(mail.commands.map(\.name) == ["disk-report", "queue_depth"])
        #expect(mail.commands.map(\.interval) == [.seconds(10), .seconds(20)])
        #expect(mail.commands.map(\.timeout) == [.seconds(10), .seconds(5)])
        #expect(mail.commands.map(\.outputLimit) == [65_536, 1_024])
        #expect(
            mail.alerts.map(\.subject) == [
                .commandStatus("disk-report"), .metric("queue_depth", AlertThreshold(.above, 10.5, clear: -1)),
            ]
        )
        #expect(!mail.metrics.contains("queue_depth"), "commands are no selectors of the probe")
        #expect(configuration.hosts[1].commands.map(\.name) == ["disk-report"])
    }

    @Test func anAlertOnACoreBringsTheCores() throws {
        let configuration = try load(
            """
            <metricsd metrics="uptime_seconds, uptime_seconds">
              <host name="a"><alert type="cpu_percent" instance="cpu*" above="90"/></host>
              <host name="b"><alert type="cpu_percent" above="90"/></host>
            </metricsd>
            """
        )
        #expect(configuration.hosts[0].metrics == ["uptime_seconds", "cpu_percent", "cores"])
        #expect(configuration.hosts[1].metrics == ["uptime_seconds", "cpu_percent"])
        #expect(configuration.hosts[0].alerts[0].instance == Glob("cpu*"))
    }

    @Test func alertsThatWatchTheSameAreKeptApart() throws {
        let configuration = try load(
            """
            <metricsd mail="ops@example.org">
              <alert type="unreachable" for="3m"/>
              <host name="a"><alert type="unreachable" for="30m" mail="boss@example.org" repeat="1h"/></host>
            </metricsd>
            """
        )
        let alerts = configuration.hosts[0].alerts
        #expect(Set(alerts.map(\.key)).count == 2)
        #expect(alerts[1].repeatEvery == .seconds(3_600))
    }

    @Test func databaseOverASocketAndMailWithoutLogin() throws {
        let configuration = try load(
            """
            <metricsd>
              <database socket="run/mysqld.sock"/>
              <smtp server="smtp://[::1]:2525" from="Metrics &lt;metricsd@example.org&gt;"/>
              <host name="a" address="[2001:db8::1]"/>
            </metricsd>
            """
        )
        #expect(configuration.database?.socket == "\(folder.path)/run/mysqld.sock")
        #expect(configuration.database?.tls == .preferred)
        #expect(configuration.smtp?.server.host == "::1")
        #expect(configuration.smtp?.server.port == 2525)
        #expect(configuration.smtp?.from.displayName == "Metrics")
        #expect(configuration.hosts[0].target.address == "2001:db8::1")
    }

    /// The limits of the design's fleet are far from those of the reader.
    @Test func fiveThousandHosts() throws {
        let hosts = (0..<5_000).map {
            "<host name=\"web-\($0)\" address=\"10.0.\($0 / 250).\($0 % 250)\"><alert type=\"cpu_percent\" above=\"9\"/></host>"
        }
        let configuration = try load("<metricsd>\(hosts.joined(separator: "\n"))</metricsd>")
        #expect(configuration.hosts.count == 5_000)
    }

    @Test func theSameFileMeansTheSame() throws {
        let text = "<metricsd><host name=\"a\"><alert type=\"unreachable\"/></host></metricsd>"
        #expect(try load(text) == load(text))
        #expect(try load(text) != load(text.replacing("name=\"a\"", with: "name=\"b\"")))
    }
}
