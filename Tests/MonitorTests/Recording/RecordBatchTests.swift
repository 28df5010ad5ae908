import Database
import LogBatches
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

    private let traffic = TrafficRow(
        host: "web-1",
        log: "access",
        windowStart: Timestamp(milliseconds: 10_000),
        hits: 1,
        bytes: .max,
        status1xx: 2,
        status2xx: 3,
        status3xx: 4,
        status4xx: 5,
        status5xx: 6,
        statusOther: 7,
        clients: 8,
        skipped: 9,
        unread: 10,
        sections: [
            TrafficRow.Section(name: "/größe", hits: 300), TrafficRow.Section(name: TrafficRow.otherSections, hits: 0),
        ]
    )

    private let logBatches = [
        LogBatchRow(
            host: "web-1",
            log: "access",
            windowStart: Timestamp(milliseconds: 1_200_000),
            windowSeconds: 1_200,
            part: 300,
            path: "logs/web-1/access/größe.log.gz",
            lineCount: 1,
            byteCount: .max,
            sha256: "00ff",
            state: .failed,
            openedAt: Timestamp(milliseconds: -1),
            closedAt: Timestamp(milliseconds: 2),
            delivery: "edw",
            attempts: 3,
            lastError: "",
            remotePath: "/in/x",
            sentAt: Timestamp(milliseconds: 4),
            isCompressed: true,
            removedAt: Timestamp(milliseconds: 5)
        ),
        LogBatchRow(
            host: "web-1",
            log: "access",
            windowStart: Timestamp(milliseconds: 0),
            windowSeconds: 10,
            path: "",
            openedAt: Timestamp(milliseconds: 0)
        ),
    ]

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
        batch.add(traffic)
        for row in logBatches { batch.add(row) }
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
                    commandOutputs: [output],
                    traffic: [traffic],
                    logBatches: logBatches
                )
        )
    }

    /// A receipt says what the journal says.
    @Test(arguments: LogBatch.State.allCases)
    func aBatchBecomesItsRow(state: LogBatch.State) {
        let batch = LogBatch(
            id: 7,
            host: "web-1",
            log: "access",
            windowStart: Timestamp(milliseconds: 1),
            windowSeconds: 10,
            part: 2,
            fileName: "x.log",
            delivery: "edw",
            state: state,
            byteCount: 3,
            lineCount: 4,
            sha256: "5",
            openedAt: Timestamp(milliseconds: 6),
            closedAt: Timestamp(milliseconds: 7),
            isCompressed: true,
            attempts: 8,
            lastError: "9",
            remotePath: "/in/x.log",
            isBeingRenamed: state != .sent,
            sentAt: Timestamp(milliseconds: 10)
        )
        let row = LogBatchRow(batch, path: "logs/x.log.gz", removedAt: Timestamp(milliseconds: 11))
        #expect(
            row
                == LogBatchRow(
                    host: "web-1",
                    log: "access",
                    windowStart: Timestamp(milliseconds: 1),
                    windowSeconds: 10,
                    part: 2,
                    path: "logs/x.log.gz",
                    lineCount: 4,
                    byteCount: 3,
                    sha256: "5",
                    state: LogBatchRow.State(rawValue: state.rawValue) ?? .open,
                    openedAt: Timestamp(milliseconds: 6),
                    closedAt: Timestamp(milliseconds: 7),
                    delivery: "edw",
                    attempts: 8,
                    lastError: "9",
                    // Where it is only to be renamed to, it is not yet.
                    remotePath: state == .sent ? "/in/x.log" : nil,
                    sentAt: Timestamp(milliseconds: 10),
                    isCompressed: true,
                    removedAt: Timestamp(milliseconds: 11)
                )
        )
    }

    /// As the first release wrote it: such may still wait in a journal.
    @Test func recordsOfTheFirstReleaseCanBeRead() throws {
        let payload: [UInt8] =
            [1, 5] + Array("load1".utf8)
            // A host without facts.
            + [1, 5] + Array("web-1".utf8) + [9] + Array("127.0.0.1".utf8) + [1, 0, 2] + Array("up".utf8)
            + [0, 0, 0, 0, 0, 0]
            // One sample: 1.5
            + [2, 5] + Array("web-1".utf8) + [42, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f]
        var batch = DatabaseBatch()
        try RecordBatch.decode(payload, into: &batch)
        #expect(batch.hosts == [HostRow(name: "web-1", address: "127.0.0.1", port: 1, state: .up)])
        #expect(
            batch.samples == [
                HostSamples(
                    host: "web-1",
                    collectedAt: Timestamp(milliseconds: 42),
                    samples: [SeriesSample(metric: "load1", value: 1.5)]
                )
            ]
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
