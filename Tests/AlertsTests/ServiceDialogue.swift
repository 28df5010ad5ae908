import Alerts
import Foundation
import Wire

/// Tells metricsd's own alerts what happens and when, in seconds since the start, and gives back what changed as short
/// texts. Keeps a journal as the server does, so that a restart can be told too.
struct ServiceDialogue {
    var alerts: ServiceAlerts
    private(set) var journal: [String: Data] = [:]
    /// The newest row of each alert.
    private(set) var rows: [String: Alert] = [:]
    private(set) var notifications: [AlertNotification] = []
    private let counter = Dialogue.Counter()

    static let warehouse = ["warehouse@example.org"]

    /// Begun at second 0.
    init(_ deliveries: ServiceAlerts.Delivery...) {
        let counter = counter
        alerts = ServiceDialogue.alerts(deliveries, restored: [], counter)
        _ = take(alerts.start(at: Dialogue.moment(0)))
    }

    private static func alerts(
        _ deliveries: [ServiceAlerts.Delivery],
        restored: [AlertState],
        _ counter: Dialogue.Counter
    ) -> ServiceAlerts {
        ServiceAlerts(
            deliveries: deliveries,
            budgetRecipients: ops,
            folder: "/var/lib/metricsd/logs",
            restored: restored,
            random: { counter.next() }
        )
    }

    /// A delivery as its thread tells it after a try.
    mutating func delivery(
        failed: Int,
        waiting: Int? = nil,
        bytes: UInt64 = 0,
        oldest: Double? = nil,
        _ reason: String? = nil,
        name: String = "edw",
        at seconds: Double
    ) -> [String] {
        let condition = DeliveryCondition(
            failedBatches: failed,
            waitingBatches: waiting ?? failed,
            waitingBytes: bytes,
            oldestClosedAt: oldest.map(Dialogue.moment),
            reason: reason
        )
        return observe(.delivery(name, condition), at: seconds)
    }

    mutating func disk(
        _ bytes: UInt64,
        of budget: UInt64? = 1_000,
        isStopped: Bool = false,
        _ reason: String = "",
        at seconds: Double
    ) -> [String] {
        observe(.diskUse(bytes: bytes, budget: budget, isStopped: isStopped, reason: reason), at: seconds)
    }

    mutating func observe(_ event: ServiceEvent, at seconds: Double) -> [String] {
        take(alerts.observe(event, at: Dialogue.moment(seconds)))
    }

    mutating func tick(at seconds: Double) -> [String] {
        take(alerts.tick(at: Dialogue.moment(seconds)))
    }

    mutating func silence(_ silences: [AlertSilence], at seconds: Double) -> [String] {
        take(alerts.silence(silences, at: Dialogue.moment(seconds)))
    }

    mutating func clockSteps(by seconds: Double) -> [String] {
        take(alerts.clockStepped(by: Int64(seconds * 1_000)))
    }

    /// The process ends and starts again with what the journal holds.
    mutating func restart(_ deliveries: ServiceAlerts.Delivery..., at seconds: Double) -> [String] {
        alerts = ServiceDialogue.alerts(deliveries, restored: storedStates, counter)
        return take(alerts.start(at: Dialogue.moment(seconds)))
    }

    var storedStates: [AlertState] {
        // What was encoded decodes: the test stops here otherwise.
        // swift-format-ignore: NeverUseForceTry
        journal.keys.sorted().compactMap { journal[$0] }.map { try! JSONDecoder().decode(AlertState.self, from: $0) }
    }

    private mutating func take(_ changes: [AlertChange]) -> [String] {
        changes.map { change in
            // swift-format-ignore: NeverUseForceTry
            journal["\(change.ruleKey)|\(change.instance)"] = change.state.map { try! JSONEncoder().encode($0) }
            if let alert = change.alert { rows[alert.id] = alert }
            if let notification = change.notification { notifications.append(notification) }
            return Dialogue.text(change)
        }
    }

    /// The mails of a kind, in their order.
    func mails(_ kind: AlertNotification.Kind) -> [AlertMail] {
        notifications.filter { $0.kind == kind }
            .flatMap { AlertMail.compose([$0], domain: "example.org") }
    }
}

func edw(
    for holdFor: Duration = .zero,
    repeatEvery: Duration? = nil,
    severity: AlertSeverity = .warning,
    recipients: [String] = ServiceDialogue.warehouse
) -> ServiceAlerts.Delivery {
    ServiceAlerts.Delivery(
        name: "edw",
        rules: [
            AlertRule(
                .deliveryFailed,
                instance: Glob("edw"),
                holdFor: holdFor,
                severity: severity,
                repeatEvery: repeatEvery,
                recipients: recipients
            )
        ],
        recipients: recipients
    )
}
