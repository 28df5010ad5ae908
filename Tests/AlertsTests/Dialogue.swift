import Alerts
import Foundation
import Synchronization
import Wire

/// Tells a host's alerts what happens and when, in seconds since the start, and gives back what changed as short texts.
/// Keeps a journal as the server does, so that a restart can be told too.
struct Dialogue {
    /// 2026-11-20 18:00:00 UTC
    static let start: Int64 = 1_795_197_600_000

    var alerts: HostAlerts
    private(set) var journal: [String: Data] = [:]
    /// The newest row of each alert.
    private(set) var rows: [String: Alert] = [:]
    private(set) var notifications: [AlertNotification] = []
    let metrics: [AlertMetric]
    let logs: [AlertLog]
    private let counter = Counter()

    final class Counter: Sendable {
        private let value = Mutex<UInt64>(0)
        func next() -> UInt64 {
            value.withLock {
                $0 += 1; return $0
            }
        }
    }

    static let standard: [AlertMetric] = [
        AlertMetric(name: "cpu_percent", unit: "percent", collector: "cpu", interval: .seconds(10)),
        AlertMetric(name: "disk_used_percent", unit: "percent", collector: "filesystems", interval: .seconds(10)),
        AlertMetric(name: "mem_available_bytes", unit: "bytes", collector: "memory", interval: .seconds(10)),
        AlertMetric(name: "queue_depth", unit: "", interval: .seconds(60), command: 0),
    ]

    /// Begun at second 0; the host answers at once unless told otherwise.
    init(
        _ rules: AlertRule...,
        metrics: [AlertMetric] = Dialogue.standard,
        logs: [AlertLog] = [],
        answers: Bool = true
    ) {
        self.metrics = metrics
        self.logs = logs
        let counter = counter
        alerts = HostAlerts(
            host: "web-1",
            rules: rules,
            metrics: metrics,
            logs: logs,
            interval: .seconds(10),
            recipients: ops,
            random: { counter.next() }
        )
        _ = take(alerts.start(at: Dialogue.moment(0)))
        if answers { _ = take(alerts.reachability(true, reason: "", at: Dialogue.moment(0))) }
    }

    static func moment(_ seconds: Double) -> Timestamp {
        Timestamp(milliseconds: start + Int64(seconds * 1_000))
    }

    /// A poll that brings one value.
    mutating func value(_ value: Double, at seconds: Double, metric: Int = 0, instance: String = "") -> [String] {
        poll([Sample(metric: UInt16(metric), instance: instance, value: value)], at: seconds)
    }

    mutating func poll(
        _ samples: [Sample],
        failed: [String] = [],
        commands: [CommandResult] = [],
        commandSamples: [Sample] = [],
        withMetrics: Bool = true,
        at seconds: Double
    ) -> [String] {
        let snapshot = Snapshot(
            sequence: 1,
            collectedAt: Dialogue.moment(seconds),
            samples: samples,
            failures: failed.map { CollectorFailure(collector: $0, reason: "failed") },
            commandResults: commands
        )
        return take(
            alerts.observe(
                snapshot,
                commandSamples: commandSamples,
                withMetrics: withMetrics,
                at: Dialogue.moment(seconds)
            )
        )
    }

    mutating func command(_ status: Int32, _ output: String = "", at seconds: Double) -> [String] {
        poll([], commands: [.example(status: status, output)], withMetrics: false, at: seconds)
    }

    mutating func unreachable(_ reason: String = "no route to host", at seconds: Double) -> [String] {
        take(alerts.reachability(false, reason: reason, at: Dialogue.moment(seconds)))
    }

    mutating func reachable(at seconds: Double) -> [String] {
        take(alerts.reachability(true, reason: "", at: Dialogue.moment(seconds)))
    }

    mutating func silence(_ silences: [AlertSilence], at seconds: Double) -> [String] {
        take(alerts.silence(silences, at: Dialogue.moment(seconds)))
    }

    mutating func hold(because cause: String?, by way: AlertedWay = .jump, at seconds: Double) -> [String] {
        take(alerts.holdBack(because: cause, by: way, at: Dialogue.moment(seconds)))
    }

    mutating func tick(at seconds: Double) -> [String] {
        take(alerts.tick(at: Dialogue.moment(seconds)))
    }

    /// The server's clock is set, or its machine was suspended; seconds count by the new clock from here on.
    mutating func clockSteps(by seconds: Double) -> [String] {
        take(alerts.clockStepped(by: Int64(seconds * 1_000)))
    }

    /// The process ends and starts again with what the journal holds.
    /// - Parameter logs: where they are others than before, or their last request is known.
    mutating func restart(
        _ rules: AlertRule...,
        logs: [AlertLog]? = nil,
        silences: [AlertSilence] = [],
        at seconds: Double
    ) -> [String] {
        let counter = counter
        alerts = HostAlerts(
            host: "web-1",
            rules: rules,
            metrics: metrics,
            logs: logs ?? self.logs,
            interval: .seconds(10),
            recipients: ops,
            restored: storedStates,
            random: { counter.next() }
        )
        return silence(silences, at: seconds) + take(alerts.start(at: Dialogue.moment(seconds)))
    }

    mutating func removeHost(at seconds: Double) -> [String] {
        take(HostAlerts.orphans(storedStates, at: Dialogue.moment(seconds)))
    }

    var storedStates: [AlertState] {
        // What was encoded decodes: the test stops here otherwise.
        // swift-format-ignore: NeverUseForceTry
        journal.keys.sorted().compactMap { journal[$0] }.map { try! JSONDecoder().decode(AlertState.self, from: $0) }
    }

    mutating func take(_ changes: [AlertChange]) -> [String] {
        changes.map { change in
            let key = "\(change.ruleKey)|\(change.instance)"
            // swift-format-ignore: NeverUseForceTry
            journal[key] = change.state.map { try! JSONEncoder().encode($0) }
            if let alert = change.alert { rows[alert.id] = alert }
            if let notification = change.notification { notifications.append(notification) }
            return Dialogue.text(change)
        }
    }

    /// `raised cpu_percent 97`, `pending cpu_percent`, `calmed cpu_percent`, `updated …`; `(quiet)` where nobody is told.
    static func text(_ change: AlertChange) -> String {
        guard let alert = change.alert else {
            let type = change.ruleKey.split(separator: " ").first.map(String.init) ?? ""
            let name = change.instance.isEmpty ? type : "\(type) \(change.instance)"
            guard let state = change.state else { return "calmed \(name)" }
            return "\(state.isFiring ? "kept" : "pending") \(name)"
        }
        let name = alert.instance.isEmpty ? alert.type : "\(alert.type) \(alert.instance)"
        let value = alert.value.map { " \(NumberText.exact($0))" } ?? ""
        let resolution = alert.resolution.map { " (\($0))" } ?? ""
        let quiet = change.notification == nil ? " quietly" : ""
        let word = change.event.map { $0.rawValue + quiet } ?? "stored"
        return "\(word) \(name)\(value)\(resolution)"
    }
}

extension CommandResult {
    static func example(
        status: Int32,
        _ output: String = "",
        ending: Ending = .exited,
        command: UInt16 = 0
    ) -> CommandResult {
        CommandResult(
            command: command,
            ending: ending,
            status: status,
            startedAt: Dialogue.moment(0),
            durationMilliseconds: 10_000,
            output: Array(output.utf8),
            isTruncated: false
        )
    }
}

let ops = ["ops@example.org"]

/// A rule on a metric.
func above(
    _ threshold: Double,
    clear: Double? = nil,
    for holdFor: Duration = .zero,
    _ metric: String = "cpu_percent",
    instance: String = "*",
    repeatEvery: Duration? = nil,
    recipients: [String] = ops
) -> AlertRule {
    AlertRule(
        .metric(metric, AlertThreshold(.above, threshold, clear: clear)),
        instance: Glob(instance),
        holdFor: holdFor,
        repeatEvery: repeatEvery,
        recipients: recipients
    )
}

func below(_ threshold: Double, clear: Double? = nil, _ metric: String = "mem_available_bytes") -> AlertRule {
    AlertRule(.metric(metric, AlertThreshold(.below, threshold, clear: clear)), recipients: ops)
}

func unreachable(for holdFor: Duration, repeatEvery: Duration? = nil) -> AlertRule {
    AlertRule(
        .unreachable,
        holdFor: holdFor,
        severity: .critical,
        repeatEvery: repeatEvery,
        recipients: ops
    )
}

func noData(for holdFor: Duration) -> AlertRule {
    AlertRule(.noData, holdFor: holdFor, recipients: ops)
}
