import Journal
import Testing
import Wire

@testable import Monitor

struct LiveTableTests {
    private let now = Timestamp(milliseconds: 1_000_000_000)

    private func host(_ name: String, _ state: HostState.Reachability, error: String? = nil) -> HostStatus {
        HostStatus(
            state: HostState(
                host: name,
                address: "192.0.2.1",
                state: state,
                lastSeen: state == .unknown ? nil : Timestamp(milliseconds: now.milliseconds - 3_000),
                lastError: error,
                cpuPercent: 12.34,
                memoryPercent: 56,
                updatedAt: now
            ),
            openAlerts: []
        )
    }

    @Test func hostsInTroubleComeFirst() {
        let table = LiveTable.render(
            [host("a", .up), host("b", .unknown), host("c", .unreachable, error: "c: connection refused")],
            now: now,
            rows: 24,
            columns: 120,
            color: false
        )
        let lines = table.split(separator: "\n").map(String.init)
        #expect(lines[0] == "metricsd: 1 of 3 hosts up, 0 open alerts")
        #expect(lines[2] == "c     unreachable    3 s  12.3%  56.0%     -  connection refused")
        #expect(lines[3].hasPrefix("b     unknown      never"))
        #expect(lines[4] == "a     up             3 s  12.3%  56.0%     -")
    }

    @Test func aSmallTerminalShowsWhatFits() {
        let hosts = (0..<100).map { host("host-\($0)", .up) }
        let lines = LiveTable.render(hosts, now: now, rows: 10, columns: 30, color: false).split(separator: "\n")
        #expect(lines.count == 9)
        #expect(lines.last == "… and 94 more hosts")
        #expect(lines.allSatisfy { $0.count <= 30 })
    }
}

struct CellTextTests {
    @Test(arguments: [
        (0.0, "0"), (0.0004, "0"), (42, "42"), (0.125, "0.125"), (-1.5, "-1.5"), (8_231_923_712, "8231923712"),
        (99.9999, "100"), (1e300, "1e+300"),
    ])
    func numbersAsPeopleReadThem(value: Double, text: String) {
        #expect(CellText.plain(value) == text)
    }

    @Test func aPercentageIsWhateverAHostSays() {
        #expect(CellText.percent(12.34) == "12.3%")
        #expect(CellText.percent(1e300) == "1000000000.0%")
        #expect(CellText.percent(nil) == "-")
    }
}
