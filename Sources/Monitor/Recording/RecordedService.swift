import Alerts
import Configuration
import LogBatches
import Wire

/// What the recorder keeps of metricsd itself between two reports: its alerts, and what was said of batches.
struct RecordedService {
    var alerts: ServiceAlerts
    let maintenance: [MaintenanceWindow]
    var silencesChangeAt = SilencesChange.unknown
    private let folder: BatchFolder?
    /// When an open batch last had its row written, by its number.
    private var rowsOfOpenBatches: [Int64: Timestamp] = [:]

    /// An open batch grows every few seconds; its row is to be no older than this.
    private static let rowInterval: Int64 = 60_000

    /// - Parameter folder: where batches lie; nil where no log is stored.
    init(
        alerts: ServiceAlerts = ServiceAlerts(deliveries: [], budgetRecipients: []),
        maintenance: [MaintenanceWindow] = [],
        folder: BatchFolder? = nil
    ) {
        self.alerts = alerts
        self.maintenance = maintenance
        self.folder = folder
    }

    /// The path of a batch's file below the state directory.
    func path(of batch: LogBatch) -> String { folder?.relativePath(of: batch) ?? batch.fileName }

    /// Whether the batch's row is to be written now.
    mutating func isRowDue(of batch: LogBatch, at now: Timestamp) -> Bool {
        guard batch.state == .open else {
            rowsOfOpenBatches[batch.id] = nil
            return true
        }
        if let written = rowsOfOpenBatches[batch.id],
            (0..<Self.rowInterval).contains(now.milliseconds - written.milliseconds)
        {
            return false
        }
        rowsOfOpenBatches[batch.id] = now
        return true
    }
}
