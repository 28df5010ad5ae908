import Configuration
import LogBatches
import SSH
import Testing
import Wire

@testable import Monitor

struct StoredLineLimitTests {
    /// A log with a store is asked for with room for longer lines; every request has that room.
    @Test func logsThatAreStoredMayHaveLongerLines() {
        let target = SSHTarget(
            name: "web-1",
            address: "192.0.2.11",
            user: "monitor",
            credentials: SSHCredentials(),
            knownHostsFiles: []
        )
        let plan = CollectionPlan(
            HostSettings(
                name: "web-1",
                target: target,
                interval: .seconds(60),
                timeout: .seconds(10),
                metrics: [],
                logs: [
                    LogSettings(name: "counted", path: "/counted.log"),
                    LogSettings(name: "stored", path: "/stored.log", store: StoreSettings(prefix: "stored")),
                ]
            )
        )
        #expect(plan.logs.map(\.path) == ["/counted.log", "/stored.log"])
        #expect(plan.logs.map(\.lineLimitBytes) == [64 << 10, LogPlan.storedLineLimit])
        // The probe reads nothing of a log with less than a line and its end of two bytes.
        #expect(Int(LogPlan.storedLineLimit) + 2 <= HostConnection.smallestLogBudget)
        #expect(Int(LogPlan.storedLineLimit) + 2 <= LogChunk.byteLimit)
    }
}
