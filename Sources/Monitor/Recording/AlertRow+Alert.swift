import Alerts
import Database

extension AlertRow {
    init(_ alert: Alert) {
        self.init(
            alertID: alert.id,
            host: alert.host,
            type: alert.type,
            instance: alert.instance,
            severity: alert.severity == .critical ? .critical : .warning,
            comparison: alert.comparison.map { $0 == .above ? .above : .below },
            threshold: alert.threshold,
            unit: alert.unit,
            value: alert.value,
            peak: alert.peak,
            openedAt: alert.openedAt,
            resolvedAt: alert.resolvedAt,
            reason: alert.reason
        )
    }
}
