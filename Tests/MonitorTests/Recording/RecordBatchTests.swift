import Database
import Testing
import Wire

@testable import Monitor

struct RecordBatchTests {
    private let host = HostRow(
        name: "web-1",
        address: "192.0.2.11",
        port: 2222,
        state: .up,
        machineID: "0123",
        kernel: nil,
        architecture: "x86_64",
        lastSeen: Timestamp(milliseconds: 1_700_000_000_123),
        lastError: "",
        clockSkewMilliseconds: -12
    )
    private let alert = AlertRow(
        alertID: "alert-0123456789abcdef",
        host: "web-1",
        type: "disk_used_percent",
        instance: "/größe",
        severity: .critical,
        comparison: .above,
        threshold: 90,
        unit: "percent",
        value: 97.5,
        peak: nil,
        openedAt: Timestamp(milliseconds: 5),
        resolvedAt: nil,
        reason: ""
    )
    private let output = CommandOutputRow(
        host: "web-1",
        command: "queue_depth",
        startedAt: Timestamp(milliseconds: 7),
        durationMilliseconds: 3,
        ending: .timedOut,
        status: -1,
        output: [0, 255, 10],
        isTruncated: true
    )

    private func payload() -> [UInt8] {
        var batch = RecordBatch(metricNames: ["cpu_percent", "disk_used_percent", "queue_depth"])
        batch.add(host)
        batch.add(
            [Sample(metric: 0, value: 12.5), Sample(metric: 1, instance: "/var", value: -0.0)],
            host: "web-1",
            collectedAt: Timestamp(milliseconds: 42),
            numbers: [1, 2]
        )
        batch.add(alert)
        batch.add(output)
        return batch.payload
    }

    @Test func rowsComeBackAsTheyWere() throws {
        var batch = DatabaseBatch()
        try RecordBatch.decode(payload(), into: &batch)
        #expect(
            batch
                == DatabaseBatch(
                    hosts: [host],
                    samples: [
                        HostSamples(
                            host: "web-1",
                            collectedAt: Timestamp(milliseconds: 42),
                            samples: [
                                SeriesSample(metric: "disk_used_percent", value: 12.5),
                                SeriesSample(metric: "queue_depth", instance: "/var", value: 0),
                            ]
                        )
                    ],
                    alerts: [alert],
                    commandOutputs: [output]
                )
        )
    }

    @Test func aBatchWithoutRowsSaysSo() {
        #expect(RecordBatch(metricNames: ["cpu_percent"]).isEmpty)
    }

    /// The journal's bytes may be damaged: every cut and every changed byte is refused or read, never a trap.
    @Test func damagedPayloadsAreRefused() {
        let whole = payload()
        for length in 0..<whole.count {
            var batch = DatabaseBatch()
            try? RecordBatch.decode(Array(whole.prefix(length)), into: &batch)
        }
        for index in whole.indices {
            for bit in 0..<8 {
                var damaged = whole
                damaged[index] ^= 1 << bit
                var batch = DatabaseBatch()
                try? RecordBatch.decode(damaged, into: &batch)
            }
        }
        var batch = DatabaseBatch()
        #expect(throws: WireError.self) { try RecordBatch.decode(whole + [99], into: &batch) }
    }
}
