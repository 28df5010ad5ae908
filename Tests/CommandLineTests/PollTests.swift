import Foundation
import TestServers
import Testing

/// `metricsd poll HOST`: one poll, printed, nothing stored.
struct PollTests {
    private static let document = """
        <host name="web-1" address="127.0.0.1" port="$PORT">
          <command name="queue_depth" run="sleep 0.2; echo 'OK - 17 | &quot;size \\of&quot;=3'"/>
        </host>
        <host name="gone" address="127.0.0.1" port="1"/>
        """

    @Test func aTableForPeople() throws {
        let site = try Site(Self.document)
        let result = try site.metricsd("poll", "web-1")
        try #require(result.status == 0, "\(result.errors)")
        #expect(result.errors == "")
        let lines = result.output.lines
        #expect(lines[0].hasPrefix("web-1 (127.0.0.1"))
        #expect(lines[1].wholeMatch(of: #/metric +instance +value +unit/#) != nil)
        let metrics = lines.dropFirst(2).map { $0.split(separator: " ")[0] }
        #expect(metrics.contains("uptime_seconds") && metrics.contains("mem_percent"))
        #expect(lines.contains { $0.wholeMatch(of: #/queue_depth +17/#) != nil })
        #expect(!result.output.contains("\u{1b}"))
        // Nothing is stored, nothing stays.
        #expect(!FileManager.default.fileExists(atPath: "\(site.folder.path)/state"))
        #expect(site.processes().isEmpty)
    }

    @Test func jsonForPrograms() throws {
        struct Document: Decodable {
            struct Value: Decodable {
                let metric: String
                let instance: String
                let value: Double
                let unit: String
            }

            let host: String
            let address: String
            let machineID: String
            let kernel: String
            let architecture: String
            let collectedAt: String
            let values: [Value]
            let failures: [[String: String]]

            enum CodingKeys: String, CodingKey {
                case host, address, kernel, architecture, values, failures
                case machineID = "machine_id"
                case collectedAt = "collected_at"
            }
        }
        let site = try Site(Self.document)
        let result = try site.metricsd("poll", "web-1", "--format", "json")
        try #require(result.status == 0, "\(result.errors)")
        let document = try JSONDecoder().decode(Document.self, from: Data(result.output.utf8))
        #expect(document.host == "web-1")
        #expect(["x86_64", "aarch64"].contains(document.architecture))
        #expect(document.collectedAt.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#) != nil)
        #expect(document.values.contains { $0.metric == "uptime_seconds" && $0.value > 0 && $0.unit == "seconds" })
        #expect(document.values.contains { $0.metric == "queue_depth" && $0.value == 17 && $0.instance == "" })
        #expect(document.failures.isEmpty)
    }

    @Test func prometheusText() throws {
        let site = try Site(Self.document, attributes: "metrics=\"standard cores\"")
        let result = try site.metricsd("poll", "web-1", "--format", "prometheus")
        try #require(result.status == 0, "\(result.errors)")
        let text = PrometheusText(result.output)
        #expect(text.objections == [])
        #expect(text.samples.count > 20)
        #expect(text.samples.allSatisfy { $0.labels["host"] == "web-1" && text.help[$0.metric] != nil })
        #expect(text.samples.contains { $0.metric == "cpu_percent" && $0.labels["instance"] == nil })
        #expect(text.samples.contains { $0.metric == "cpu_percent" && $0.labels["instance"] == "cpu0" })
        #expect(text.samples.contains { $0.metric == "queue_depth" && $0.value == 17 && $0.labels["instance"] == nil })
    }

    @Test func aCommandThatDoesNotEndIsTold() throws {
        let site = try Site(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT">
              <command name="stuck" run="sleep 100" timeout="300ms"/>
            </host>
            """
        )
        let result = try site.metricsd("poll", "web-1")
        #expect(result.status == 0)
        #expect(result.output.lines.last?.hasPrefix("no value of stuck: ended after its timeout, ") == true)
    }

    @Test func anUnknownHostIsAUsageErrorThatNamesTheKnownOnes() throws {
        let site = try Site(Self.document)
        let result = try site.metricsd("poll", "web-2")
        #expect(result.status == 64)
        #expect(result.output == "")
        #expect(result.errors.contains("no host web-2 in server_config.xml; it has web-1, gone"))
    }

    @Test func aHostThatIsAwayIsUnavailable() throws {
        let site = try Site(Self.document)
        let result = try site.metricsd("poll", "gone", "--format", "json")
        #expect(result.status == 69)
        #expect(result.output == "")
        #expect(result.errors.hasPrefix("metricsd: gone: connecting to 127.0.0.1:1: connection refused"))
        #expect(result.errors.lines.count == 1)
    }
}
