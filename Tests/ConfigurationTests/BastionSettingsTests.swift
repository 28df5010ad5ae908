import Alerts
import Foundation
import SSH
import TestServers
import Testing

@testable import Configuration

/// `jump`, and what a host takes from an OpenSSH configuration.
struct BastionSettingsTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder("jump-settings") }

    private func load(_ text: String) throws -> ServerConfiguration {
        try ServerConfiguration.load(try folder.file("server_config.xml", text), account: FixtureTests.account)
    }

    @Test func aBastionHasTheMaintenanceThatAllBehindItShare() throws {
        let configuration = try load(
            """
            <metricsd user="monitor" jump="gate@192.0.2.1">
              <maintenance every="week" from="Sun 22:00" to="Sun 23:00" reason="all"/>
              <group>
                <maintenance every="day" from="02:00" to="03:00" reason="some"/>
                <host name="a" address="10.0.0.1"/>
              </group>
              <host name="b" address="10.0.0.2"/>
            </metricsd>
            """
        )
        #expect(configuration.bastions.map { $0.maintenance.map(\.reason) } == [["all"]])
    }

    @Test func anOpenSSHConfigurationThatCannotBeReadIsAnError() throws {
        // A missing one may be that of an account without any.
        let text = "<metricsd user=\"u\" ssh-config=\"FILE\"><host name=\"a\"/></metricsd>"
        #expect(throws: Never.self) { try load(text.replacing("FILE", with: "\(folder.path)/none")) }
        let error = #expect(throws: ConfigurationErrors.self) { try load(text.replacing("FILE", with: folder.path)) }
        #expect(error?.diagnostics.contains { $0.severity == .error && "\($0)".contains("it is no file") } == true)
    }

    @Test func hostsWithTheSameWayShareABastion() throws {
        let configuration = try load(
            """
            <metricsd mail="ops@example.org" user="monitor" timeout="4s" host-key="strict">
              <group jump="gate@192.0.2.1:2222, inner" jump-key="jump.key" jump-host-key="accept-new">
                <alert type="unreachable" for="3m" repeat="1h"/>
                <host name="a" address="10.0.0.1"/>
                <host name="b" address="10.0.0.2" timeout="20s"><alert type="unreachable" mail="b@example.org"/></host>
                <host name="direct" jump="none"/>
              </group>
              <host name="c" jump="gate@192.0.2.1:2222"/>
            </metricsd>
            """
        )
        let first = "jump:gate@192.0.2.1:2222"
        let both = "jump:gate@192.0.2.1:2222,monitor@inner:22"
        #expect(configuration.bastions.map(\.name) == [first, both, "\(first) (2)"])
        let jumps = Dictionary(uniqueKeysWithValues: configuration.hosts.map { ($0.name, $0.target.jumps) })
        #expect(jumps["a"]?.map(\.name) == [first, both] && jumps["a"] == jumps["b"])
        #expect(jumps["direct"] == [])
        // With another key: another session.
        #expect(jumps["c"]?.map(\.name) == ["\(first) (2)"])
        let outer = try #require(jumps["a"]?.first)
        #expect(outer.address == "192.0.2.1" && outer.port == 2_222 && outer.user == "gate")
        #expect(outer.credentials.keyFile == "\(folder.path)/jump.key" && outer.hostKeyPolicy == .acceptNew)
        // The longest of those behind it.
        #expect(outer.timeout == .seconds(20))
        let inner = try #require(configuration.bastions.first { $0.name == both })
        #expect(inner.isBastion && inner.target.jumps == [outer] && inner.target.way == jumps["a"])
        let rule = try #require(inner.alerts.first)
        #expect(rule.subject == .unreachable && rule.severity == .critical)
        #expect(rule.holdFor == .zero && rule.repeatEvery == .seconds(3_600))
        #expect(rule.recipients == ["ops@example.org", "b@example.org"])
    }

    @Test func aHostsPasswordAndFingerprintAreNotThoseOfItsBastion() throws {
        let fingerprint = "SHA256:" + String(repeating: "A", count: 43)
        let configuration = try load(
            """
            <metricsd mail="o@example.org" password-env="METRICSD_TEST_SECRET" key="k" host-key="\(fingerprint)" jump="b">
              <host name="a"/>
            </metricsd>
            """
        )
        let target = try #require(configuration.hosts.first?.target)
        #expect(target.credentials.password != nil && target.hostKeyPolicy == .pinned(fingerprint))
        let bastion = try #require(target.jumps.first)
        #expect(bastion.credentials.password == nil && bastion.hostKeyPolicy == .strict)
        #expect(bastion.credentials.keyFile == target.credentials.keyFile)
    }

    @Test func whatTheFileLeavesOpenComesFromTheOpenSSHConfiguration() throws {
        try folder.file("key", "")
        try folder.file(
            "config",
            """
            Host web-*
              HostName %h.example.net
              ProxyJump second
              User deploy
            Host second
              HostName 192.0.2.2
              ProxyJump gate@first:2200
              IdentityFile \(folder.path)/missing
              IdentityFile \(folder.path)/key
            Host 192.0.2.9
              HostName 192.0.2.99
              Port 2022
            Host *
              Port 2200
              ServerAliveInterval 10
            """
        )
        let configuration = try load(
            """
            <metricsd mail="o@example.org" ssh-config="config">
              <host name="web-1"/>
              <host name="web-2" address="192.0.2.9" port="22" user="monitor" jump="none"/>
            </metricsd>
            """
        )
        let web = try #require(configuration.hosts.first).target
        #expect(web.address == "web-1.example.net" && web.port == 2_200 && web.user == "deploy")
        #expect(web.jumps.map(\.loginText) == ["gate@first:2200", "deploy@192.0.2.2:2200"])
        #expect(web.jumps.last?.credentials.keyFile == "\(folder.path)/key")
        // Attributes go before.
        let other = try #require(configuration.hosts.last).target
        #expect(other.address == "192.0.2.9" && other.port == 22 && other.user == "monitor" && other.jumps.isEmpty)
        let warnings = configuration.warnings.filter { $0.what.contains("ssh-config") }
        #expect(warnings.count == 1 && warnings[0].what.hasSuffix("line 15: ServerAliveInterval"))
    }
}
