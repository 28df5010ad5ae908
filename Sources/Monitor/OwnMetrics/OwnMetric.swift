import Database

/// What metricsd measures of itself, once a minute, as rows under the host `metricsd`. To add one: a case, its text, and
/// its value in `OwnReading`.
enum OwnMetric: String, CaseIterable {
    case polls = "metricsd_polls"
    case skippedPolls = "metricsd_polls_skipped"
    case lateness = "metricsd_poll_lateness_seconds"
    case failures = "metricsd_failures"
    case hosts = "metricsd_hosts"
    case journalRecords = "metricsd_journal_records"
    case journalBytes = "metricsd_journal_bytes"
    case drainLag = "metricsd_drain_lag_seconds"
    case mailsWaiting = "metricsd_mails_waiting"
    case mailsRefused = "metricsd_mails_refused"
    case memory = "metricsd_memory_bytes"
    case cpu = "metricsd_cpu_percent"
    case threads = "metricsd_threads"
    case descriptors = "metricsd_file_descriptors"

    /// For the table `metrics`.
    var row: MetricRow {
        let (unit, description) = text
        return MetricRow(name: rawValue, unit: unit, description: description)
    }

    private var text: (unit: String, description: String) {
        switch self {
        case .polls: ("", "Polls that hosts answered since the value before.")
        case .skippedPolls: ("", "Polls since the value before whose time passed without one.")
        case .lateness: ("seconds", "How late the latest poll since the value before was.")
        case .failures: ("", "Failed connections and polls since the value before, by step; instance empty: all.")
        case .hosts: ("", "Configured hosts by state: up, unreachable, refused, unknown.")
        case .journalRecords: ("", "Groups of rows in the journal that are not in the database yet.")
        case .journalBytes: ("bytes", "What those groups take.")
        case .drainLag: ("seconds", "Age of the oldest of those groups.")
        case .mailsWaiting: ("", "Mails that are not sent yet.")
        case .mailsRefused: ("", "Mails that the mail server refused for good, and that are kept.")
        case .memory: ("bytes", "Resident memory of metricsd, without its own database server.")
        case .cpu: ("percent", "CPU time of metricsd since the value before; 100 is one core.")
        case .threads: ("", "Threads of metricsd.")
        case .descriptors: ("", "Open files and sockets of metricsd.")
        }
    }
}
