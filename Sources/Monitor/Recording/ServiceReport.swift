import Alerts
import LogBatches

/// What the deliveries and the housekeeping have to say to the recorder, which puts all of it into one transaction: the
/// journal's batches, their rows in `log_batches`, and alerts.
struct ServiceReport: Sendable {
    /// By the server's clocks when the report was made.
    var at: ClockReading
    /// Their new values, whole.
    var batches: [LogBatch] = []
    /// Forgotten by the journal: their files were removed after their retention.
    var removed: [LogBatch] = []
    var events: [ServiceEvent] = []
    /// Called once all of it is in the journal.
    var whenRecorded: (@Sendable () -> Void)?
}
