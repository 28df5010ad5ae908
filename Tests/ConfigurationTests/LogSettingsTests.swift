import AccessLogs
import Alerts
import TestServers
import Testing

@testable import Configuration

/// What `<log>` means on each host, and the alerts on it.
struct LogSettingsTests {
    private let folder: TestFolder

    init() throws {
        folder = try TestFolder("logs")
    }

    private func load(_ text: String) throws -> [HostSettings] {
        try ServerConfiguration.load(try folder.file("server_config.xml", text), account: FixtureTests.account).hosts
    }

    /// The design's own example.
    @Test func theDesignsExample() throws {
        let hosts = try load(
            """
            <metricsd mail="ops@example.org">
              <host name="web-1" address="192.0.2.11">
                <log name="access" path="/var/log/nginx/access.log" format="auto">
                  <alert type="high_traffic" above="10" window="2m"/>
                  <alert type="log_silent" for="5m"/>
                  <skip path="/health*"/>
                </log>
              </host>
            </metricsd>
            """
        )
        #expect(
            hosts[0].logs == [
                LogSettings(
                    name: "access",
                    path: "/var/log/nginx/access.log",
                    format: .auto,
                    interval: .seconds(5),
                    startsAtBeginning: false,
                    skips: [SkipRule(path: "/health*")],
                    recipients: ["ops@example.org"]
                )
            ]
        )
        #expect(
            hosts[0].alerts == [
                AlertRule(
                    .highTraffic(AlertThreshold(.above, 10), window: .seconds(120)),
                    instance: Glob("access"),
                    recipients: ["ops@example.org"]
                ),
                AlertRule(
                    .logSilent,
                    instance: Glob("access"),
                    holdFor: .seconds(300),
                    recipients: ["ops@example.org"]
                ),
            ]
        )
    }

    @Test func everyAttribute() throws {
        let log = try #require(
            try load(
                """
                <metricsd>
                  <host name="a">
                    <log name="iis" path="/srv/logs/u_ex 1.log" format="w3c" interval="1m" start="beginning"
                         mail="web@example.org, iis@example.org">
                      <skip path="/health*" agent="*probe*"/>
                      <skip agent="curl/?.*"/>
                    </log>
                  </host>
                </metricsd>
                """
            )[0].logs.first
        )
        #expect(log.path == "/srv/logs/u_ex 1.log")
        #expect(log.format == .w3c)
        #expect(log.interval == .seconds(60))
        #expect(log.startsAtBeginning)
        #expect(log.recipients == ["web@example.org", "iis@example.org"])
        #expect(log.skips == [SkipRule(path: "/health*", agent: "*probe*"), SkipRule(agent: "curl/?.*")])
    }

    @Test func logsOfAGroupAreFollowedOnEveryHostInIt() throws {
        let hosts = try load(
            """
            <metricsd mail="ops@example.org">
              <log name="auth" path="/var/log/auth.log"/>
              <group name="web" mail="web@example.org">
                <log name="access" path="/var/log/nginx/access.log"><alert type="high_traffic" clear="5"/></log>
                <host name="web-1"><log name="admin" path="/var/log/admin.log"/></host>
                <host name="web-2" mail="two@example.org"/>
              </group>
              <host name="db-1"/>
            </metricsd>
            """
        )
        #expect(hosts.map { $0.logs.map(\.name) } == [["auth", "access", "admin"], ["auth", "access"], ["auth"]])
        #expect(hosts.map { $0.logs.map(\.recipients) }[0] == Array(repeating: ["web@example.org"], count: 3))
        #expect(hosts[1].logs[1].recipients == ["two@example.org"])
        #expect(hosts[1].alerts.map(\.recipients) == [["two@example.org"]])
        #expect(
            hosts[0].alerts.map(\.subject) == [
                .highTraffic(AlertThreshold(.above, 10, clear: 5), window: .seconds(120))
            ]
        )
        #expect(hosts[2].alerts.isEmpty)
    }

    @Test func alertsOutsideApplyToTheLogsThatInstanceNames() throws {
        let hosts = try load(
            """
            <metricsd mail="ops@example.org">
              <alert type="log_silent" for="10m"/>
              <alert type="high_traffic" instance="acc*" above="100" window="30s" for="1m" severity="critical"
                     repeat="1h"/>
              <alert type="unreachable"/>
              <host name="a">
                <log name="access" path="/a" mail="web@example.org"/>
                <log name="slow" path="/b" interval="1h"><alert type="log_silent" mail="slow@example.org" for="3h"/></log>
              </host>
              <host name="b"/>
            </metricsd>
            """.replacing("for=\"10m\"", with: "")
        )
        #expect(
            hosts[0].alerts.map(\.key) == [
                "log_silent [access]", "log_silent [slow]", "high_traffic [access] above 100 over 30s", "unreachable",
                "log_silent [slow] #2",
            ]
        )
        #expect(
            hosts[0].alerts.map(\.holdFor) == [
                .seconds(300), .seconds(7_200), .seconds(60), .zero, .seconds(10_800),
            ],
            "the default leaves room for two readings"
        )
        #expect(
            hosts[0].alerts.map { $0.recipients[0] } == [
                "web@example.org", "ops@example.org", "web@example.org", "ops@example.org", "slow@example.org",
            ],
            "an alert's own mail, then the log's, then the host's"
        )
        #expect(hosts[0].alerts[2].severity == .critical)
        #expect(hosts[0].alerts[2].repeatEvery == .seconds(3_600))
        #expect(hosts[1].alerts.map(\.key) == ["unreachable"])
    }

    @Test func anAlertsRuleStaysTheSameWhereverItStands() throws {
        let inside = try load(
            """
            <metricsd><host name="a"><log name="x" path="/a"><alert type="high_traffic" above="5"/></log></host></metricsd>
            """
        )
        let outside = try load(
            """
            <metricsd><alert type="high_traffic" above="5"/><host name="a"><log name="x" path="/a"/></host></metricsd>
            """
        )
        #expect(inside[0].alerts == outside[0].alerts)
    }

    @Test func windowsThatAreToBeCounted() throws {
        let hosts = try load(
            """
            <metricsd>
              <host name="a">
                <log name="x" path="/a">
                  <alert type="high_traffic" window="1h"/><alert type="high_traffic" window="10s" above="50"/>
                  <alert type="high_traffic" window="10s" above="500"/>
                </log>
                <log name="y" path="/b"/>
              </host>
            </metricsd>
            """
        )
        #expect(AlertRule.trafficWindowSeconds(ofLog: "x", in: hosts[0].alerts) == [10, 3_600])
        #expect(AlertRule.trafficWindowSeconds(ofLog: "y", in: hosts[0].alerts) == [])
    }

    @Test func aHundredLogsAHostAndNoMore() throws {
        func text(_ count: Int) -> String {
            let logs = (0..<count).map { "<log name=\"l\($0)\" path=\"/var/log/\($0).log\"/>" }
            return "<metricsd><host name=\"a\">\(logs.joined())</host></metricsd>"
        }
        #expect(try load(text(100))[0].logs.count == 100)
        #expect {
            try load(text(101))
        } throws: {
            "\($0)".contains("a host has more than 100 logs")
        }
    }
}
