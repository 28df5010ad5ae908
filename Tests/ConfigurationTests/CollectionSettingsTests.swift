import Alerts
import LogBatches
import SSH
import Secrets
import TestServers
import Testing

@testable import Configuration

/// What `<store>`, `<delivery>`, `<summary>` and `max-disk` mean.
struct CollectionSettingsTests {
    private let folder: TestFolder

    init() throws {
        folder = try TestFolder("collection")
    }

    private func load(_ text: String, account: LocalAccount = FixtureTests.account) throws -> ServerConfiguration {
        try ServerConfiguration.load(try folder.file("server_config.xml", text), account: account)
    }

    /// A file with one log, and a delivery `edw`.
    private func delivery(
        _ attributes: String,
        root: String = "",
        account: LocalAccount = FixtureTests.account
    ) throws -> DeliverySettings {
        let configuration = try load(
            """
            <metricsd \(root)>
              <delivery name="edw" \(attributes)/>
              <host name="web-1"><log name="access" path="/a.log"><store deliver="edw"/></log></host>
            </metricsd>
            """,
            account: account
        )
        return try #require(configuration.deliveries.first)
    }

    private func store(_ attributes: String, log: String = "access") throws -> StoreSettings? {
        try load(
            """
            <metricsd>
              <host name="web-1"><log name="\(log)" path="/a.log"><store \(attributes)/></log></host>
            </metricsd>
            """
        ).hosts[0].logs[0].store
    }

    // MARK: The whole chain

    /// The example of the issue: stored, delivered, summed up, within a budget.
    @Test func theWholeChain() throws {
        try folder.file("edw.key", "no key")
        let configuration = try load(
            """
            <metricsd user="monitor" mail="ops@example.org">
              <state directory="/var/lib/metricsd" max-disk="50GiB"/>
              <smtp server="smtps://smtp.example.org" from="metricsd@example.org"/>
              <delivery name="edw" server="sftp://user@host:2222/incoming" key="edw.key"/>
              <summary at="15m" mail="boss@example.org"/>
              <group name="web">
                <log name="access" path="/var/log/nginx/access.log"><store deliver="edw"/></log>
                <host name="web-1" address="192.0.2.11"/>
                <host name="web-2" address="192.0.2.12">
                  <log name="error" path="/var/log/nginx/error.log" format="plain"><store keep="1d"/></log>
                </host>
              </group>
            </metricsd>
            """
        )
        #expect(configuration.maxDisk == 50 << 30)
        #expect(configuration.recipients == ["ops@example.org"])
        #expect(configuration.summary == SummarySettings(at: .seconds(900), recipients: ["boss@example.org"]))
        #expect(
            configuration.deliveries == [
                DeliverySettings(
                    name: "edw",
                    target: SSHTarget(
                        name: "edw",
                        address: "host",
                        port: 2222,
                        user: "user",
                        credentials: SSHCredentials(keyFile: "\(folder.path)/edw.key", usesAgent: true),
                        knownHostsFiles: ["/nonexistent/monitor/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts"]
                    ),
                    directory: "/incoming",
                    retry: .seconds(300),
                    alerts: [
                        AlertRule(.deliveryFailed, instance: Glob("edw"), recipients: ["ops@example.org"])
                    ],
                    recipients: ["ops@example.org"]
                )
            ]
        )
        let stored = StoreSettings(prefix: "access", delivery: "edw")
        #expect(
            configuration.hosts.map { $0.logs.map(\.store) } == [
                [stored], [stored, StoreSettings(prefix: "error", keep: .seconds(86_400))],
            ]
        )
    }

    @Test func nothingOfItWithoutBeingAskedFor() throws {
        let configuration = try load(
            #"<metricsd><host name="web-1"><log name="access" path="/a.log"/></host></metricsd>"#
        )
        #expect(configuration.maxDisk == nil)
        #expect(configuration.deliveries.isEmpty)
        #expect(configuration.summary == nil)
        #expect(configuration.recipients.isEmpty)
        #expect(configuration.hosts[0].logs[0].store == nil)
    }

    // MARK: <store>

    @Test func theDefaultsOfAStore() throws {
        #expect(
            try store("")
                == StoreSettings(
                    window: .seconds(1_200),
                    closeAfter: .seconds(120),
                    namePattern: "{prefix}_{yyMMddHH}_{mm-mm}_{address}.log",
                    prefix: "access",
                    delivery: nil,
                    keep: .seconds(7 * 86_400),
                    compressAfter: .seconds(3 * 3_600)
                )
        )
        #expect(try store("", log: "admin")?.prefix == "admin")
    }

    @Test func everyAttributeOfAStore() throws {
        #expect(
            try store(
                """
                window="1h" close-after="10m" name="{host}_{log}_{yyyyMMddHH}.{part}.txt" prefix="shop" keep="30d"
                compress-after="never"
                """
            )
                == StoreSettings(
                    window: .seconds(3_600),
                    closeAfter: .seconds(600),
                    namePattern: "{host}_{log}_{yyyyMMddHH}.{part}.txt",
                    prefix: "shop",
                    delivery: nil,
                    keep: .seconds(30 * 86_400),
                    compressAfter: nil
                )
        )
        #expect(try store(#"compress-after="0s""#)?.compressAfter == .zero)
    }

    @Test(arguments: ["10s", "1m", "20m", "90m", "1d"])
    func windowsThatDivideADay(window: String) throws {
        let name = "{prefix}_{yyMMddHHmmss}.log"
        #expect(try store(#"window="\#(window)" name="\#(name)""#)?.window == DurationText.parse(window))
    }

    // MARK: <delivery>

    @Test func aDeliverysOwnWayToLogIn() throws {
        let password = try folder.file("edw.password", "second")
        try folder.file("outer.password", "first")
        let fingerprint = "SHA256:uNiVztksCsDhcc0u9e8BrrsSL7IFjUT3sPRLMKa81vQ"
        let edw = try delivery(
            """
            server="sftp://[2001:db8::5]/~/in" password-file="edw.password" agent="no" known-hosts="edw.hosts"
            host-key="\(fingerprint)" timeout="30s" retry="1h" mail="edw@example.org"
            """,
            root: #"user="monitor" password-file="outer.password" timeout="5s" mail="ops@example.org""#
        )
        #expect(
            edw.target
                == SSHTarget(
                    name: "edw",
                    address: "2001:db8::5",
                    port: 22,
                    user: "monitor",
                    credentials: SSHCredentials(password: Secret(.file(password)), usesAgent: false),
                    hostKeyPolicy: .pinned(fingerprint),
                    knownHostsFiles: ["\(folder.path)/edw.hosts"],
                    timeout: .seconds(30)
                )
        )
        #expect(edw.directory == "in")
        #expect(edw.retry == .seconds(3_600))
        #expect(edw.recipients == ["edw@example.org"])
    }

    @Test func whatADeliveryInherits() throws {
        let password = try folder.file("outer.password", "first")
        let edw = try delivery(
            #"server="sftp://edw""#,
            root: """
                user="monitor" password-file="outer.password" timeout="5s" agent="no" known-hosts="outer.hosts"
                host-key="accept-new" port="2222" key="outer.key"
                """
        )
        #expect(edw.target.user == "monitor")
        #expect(edw.target.credentials.password == Secret(.file(password)))
        #expect(edw.target.credentials.keyFile == "\(folder.path)/outer.key")
        #expect(!edw.target.credentials.usesAgent)
        #expect(edw.target.timeout == .seconds(5))
        #expect(edw.target.knownHostsFiles == ["\(folder.path)/outer.hosts"])
        #expect(edw.target.hostKeyPolicy == .acceptNew)
        // The port of the monitored hosts says nothing about a receiver.
        #expect(edw.target.port == 22)
    }

    @Test func withoutAnyUserItIsTheAccounts() throws {
        #expect(try delivery(#"server="sftp://edw""#).target.user == "monitor")
        var account = FixtureTests.account
        account.name = "daemon"
        #expect(try delivery(#"server="sftp://edw""#, account: account).target.user == "daemon")
    }

    // MARK: delivery_failed

    @Test func theRulesOfADelivery() throws {
        let configuration = try load(
            """
            <metricsd mail="ops@example.org">
              <alert type="delivery_failed" instance="e*" for="1h" mail="boss@example.org"/>
              <alert type="delivery_failed" instance="other"/>
              <delivery name="edw" server="sftp://edw" mail="edw@example.org">
                <alert type="delivery_failed" for="10m" severity="critical" repeat="4h"/>
              </delivery>
              <delivery name="other" server="sftp://other"/>
              <delivery name="third" server="sftp://third"/>
              <host name="web-1"/>
            </metricsd>
            """
        )
        let rules = configuration.deliveries.map(\.alerts)
        #expect(
            rules[0]
                == AlertRule.distinguished([
                    AlertRule(
                        .deliveryFailed,
                        instance: Glob("edw"),
                        holdFor: .seconds(3_600),
                        recipients: ["boss@example.org"]
                    ),
                    AlertRule(
                        .deliveryFailed,
                        instance: Glob("edw"),
                        holdFor: .seconds(600),
                        severity: .critical,
                        repeatEvery: .seconds(4 * 3_600),
                        recipients: ["edw@example.org"]
                    ),
                ])
        )
        #expect(Set(rules[0].map(\.key)).count == 2)
        #expect(
            rules[1] == [AlertRule(.deliveryFailed, instance: Glob("other"), recipients: ["ops@example.org"])]
        )
        // Where nothing is said, a failure is told all the same.
        #expect(
            rules[2] == [AlertRule(.deliveryFailed, instance: Glob("third"), recipients: ["ops@example.org"])]
        )
        // It is no host's alert.
        #expect(configuration.hosts[0].alerts.isEmpty)
    }

    // MARK: <summary> and <state>

    @Test func theSummaryGoesToWhomTheFileSays() throws {
        let configuration = try load(
            """
            <metricsd mail="ops@example.org other@example.org"><summary at="0s"/><host name="web-1"/></metricsd>
            """
        )
        #expect(
            configuration.summary == SummarySettings(at: .zero, recipients: ["ops@example.org", "other@example.org"])
        )
    }

    @Test func aBudgetNeedsNoDirectory() throws {
        let configuration = try load(
            """
            <metricsd>
              <state max-disk="64MiB"/>
              <host name="web-1"><log name="access" path="/a.log"><store/></log></host>
            </metricsd>
            """
        )
        #expect(configuration.maxDisk == 64 << 20)
        #expect(configuration.stateDirectory == FixtureTests.account.stateDirectory)
    }

    /// Commands are metric types of their names.
    @Test(arguments: ["delivery_failed", "disk_budget", "delivery_conflict", "batch_altered", "journal_damaged"])
    func noCommandHasTheNameOfAnAlert(name: String) {
        #expect(throws: ConfigurationErrors.self) {
            try load(#"<metricsd><host name="a"><command name="\#(name)" run="true"/></host></metricsd>"#)
        }
    }
}
