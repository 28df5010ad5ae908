import Configuration
import Database
import Foundation
import Journal
import Logging
import TestServers
import Testing
import Wire

@testable import Monitor

struct RecordedHostTests {
    private func settings() throws -> HostSettings {
        let folder = try TestFolder("recorded")
        let file = try folder.file(
            "server_config.xml",
            "<metricsd user=\"u\" known-hosts=\"k\" agent=\"yes\"><host name=\"web-1\" address=\"192.0.2.1\"/></metricsd>"
        )
        return try ServerConfiguration.load(file).hosts[0]
    }

    private func identity(_ machineID: String) -> HostIdentity {
        HostIdentity(
            machineID: machineID,
            kernel: "6.1",
            architecture: "x86_64",
            nodeName: "web-1",
            clock: Timestamp(milliseconds: 0)
        )
    }

    @Test func theSameFailureIsToldOnceAndAgainWhenItChanges() throws {
        var numbering = MetricNumbering()
        var host = RecordedHost(try settings(), numbering: &numbering)
        let now = Timestamp(milliseconds: 1_000)
        let levels = ["refused", "refused", "timed out"].map { text in
            host.failed(HostFailure(state: .unreachable, message: text), at: now).map(\.level)
        }
        #expect(levels == [[.warning], [.debug], [.warning]])
    }

    @Test(arguments: [Int64.min, .min + 1, .max])
    func anyClockOfAHostIsTaken(clock: Int64) throws {
        var numbering = MetricNumbering()
        var host = RecordedHost(try settings(), numbering: &numbering)
        _ = host.connected(identity("a"), address: "192.0.2.1", clockSkewMilliseconds: clock)
        let now = Timestamp(milliseconds: 1_795_197_600_000)
        for moment in [Int64.max, .min, 0] { _ = host.readClock(Timestamp(milliseconds: moment), at: now) }
        #expect(host.row.clockSkewMilliseconds == -now.milliseconds)
    }

    @Test func aMountThatHangsLongerAtEachPollIsToldOnce() throws {
        var numbering = MetricNumbering()
        var host = RecordedHost(try settings(), numbering: &numbering)
        let told = [("/data", 3), ("/data", 13), ("/srv", 5)].map { path, seconds in
            let failure = CollectorFailure(
                collector: "filesystems",
                reason: "\(path) (nfs4 nas:/export) has not answered for \(seconds) s"
            )
            let snapshot = Snapshot(sequence: 1, collectedAt: Timestamp(milliseconds: 0), failures: [failure])
            return host.answered(snapshot, withMetrics: true, at: Timestamp(milliseconds: 0)).count
        }
        #expect(told == [1, 0, 1])
        #expect(host.status.state.lastError?.contains("/srv") == true)
    }

    @Test func textsOfAHostAreBounded() {
        let long = String(repeating: "x", count: 100_000)
        let snapshot = Snapshot(
            sequence: 1,
            collectedAt: Timestamp(milliseconds: 0),
            failures: Array(repeating: CollectorFailure(collector: long, reason: long), count: 1_000)
        )
        #expect(snapshot.withBoundedTexts.failures.count == 50)
        #expect(snapshot.withBoundedTexts.failures.allSatisfy { $0.reason.count == 1_000 && $0.collector.count == 100 })
        #expect(identity(long).withBoundedTexts.machineID.count == 64)
    }
}
