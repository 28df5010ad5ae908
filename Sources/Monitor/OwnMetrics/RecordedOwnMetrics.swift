import Alerts
import Database
import Glibc
import Journal
import Wire

/// What the recorder keeps of metricsd's own metrics between two readings.
struct RecordedOwnMetrics {
    /// Milliseconds.
    static let interval: Int64 = 60_000

    /// For each `OwnMetric`, its place in the batches' list of names.
    let numbers: [Int]
    private var failures: [String: Int] = [:]
    private var last: (running: Int64, cpuSeconds: Double)
    private let row: HostRow

    init(startingAt now: ClockReading, numbering: inout MetricNumbering) {
        numbers = OwnMetric.allCases.map { numbering.number(of: $0.rawValue) }
        last = (now.running, ProcessUse().cpuSeconds)
        var system = utsname()
        uname(&system)
        row = HostRow(
            name: ServiceAlerts.host,
            address: Self.text(&system.nodename),
            port: 0,
            state: .up,
            kernel: Self.text(&system.release),
            architecture: Self.text(&system.machine),
            lastSeen: nil,
            lastError: ""
        )
    }

    func isDue(at now: ClockReading) -> Bool { now.running - last.running >= Self.interval }

    /// Nothing is taken until the next minute; what counts goes on.
    mutating func skip(at now: ClockReading) { last = (now.running, ProcessUse().cpuSeconds) }

    mutating func failed(_ failure: HostFailure) {
        failures[failure.cause, default: 0] += 1
    }

    /// The values of now; those that count begin anew.
    mutating func take(
        at now: ClockReading,
        polls: PollCounters.Totals,
        states: [HostState.Reachability],
        backlog: RecordBacklog,
        outbox: OutboxSummary
    ) -> [Sample] {
        let use = ProcessUse()
        var samples: [Sample] = []
        func add(_ metric: OwnMetric, _ value: Double?, _ instance: String = "") {
            guard let value, let number = OwnMetric.allCases.firstIndex(of: metric) else { return }
            samples.append(Sample(metric: UInt16(number), instance: instance, value: value))
        }
        add(.polls, Double(polls.polls))
        add(.skippedPolls, Double(polls.skipped))
        add(.lateness, polls.worstLateness.seconds)
        add(.failures, Double(failures.values.reduce(0, +)))
        for (cause, count) in failures.sorted(by: { $0.key < $1.key }) { add(.failures, Double(count), cause) }
        for state in [HostState.Reachability.up, .unreachable, .refused, .unknown] {
            add(.hosts, Double(states.count { $0 == state }), state.rawValue)
        }
        add(.journalRecords, Double(backlog.count))
        add(.journalBytes, Double(backlog.bytes))
        add(.drainLag, backlog.oldest.map { max(Double(now.wall.milliseconds - $0.milliseconds) / 1_000, 0) } ?? 0)
        add(.mailsWaiting, Double(outbox.waiting))
        add(.mailsRefused, Double(outbox.refused))
        add(.memory, use.memoryBytes.map { Double($0) })
        let seconds = Double(now.running - last.running) / 1_000
        add(.cpu, seconds > 0 ? (use.cpuSeconds - last.cpuSeconds) / seconds * 100 : nil)
        add(.threads, use.threads.map { Double($0) })
        add(.descriptors, use.descriptors.map { Double($0) })
        // From its first failure on each cause has a value each minute, so that the newest one is never an old one.
        failures = failures.mapValues { _ in 0 }
        last = (now.running, use.cpuSeconds)
        return samples
    }

    /// Its row in `hosts`: that metricsd itself was alive.
    func row(at now: Timestamp) -> HostRow {
        var row = row
        row.lastSeen = now
        return row
    }

    /// A field of `utsname`: bytes up to a zero.
    private static func text<Field>(_ field: inout Field) -> String {
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
