import AccessLogs
import Alerts
import Configuration
import Database
import Journal
import Logging
import Wire

/// What the recorder keeps of one log between two advances.
struct RecordedLog {
    let name: LogName
    private(set) var status: LogStatusRecord
    private let interval: Duration
    private var unreadToldAt: Timestamp?

    /// How long unread lines are no news after they were told of.
    private static let unreadSilence: Int64 = 3_600_000

    /// - Parameter stored: its status as the journal has it.
    init(_ settings: LogSettings, host: String, stored: LogStatusRecord?) {
        name = LogName(host: host, log: settings.name)
        interval = settings.interval
        status = stored ?? LogStatusRecord(path: settings.path)
        status.path = settings.path
        status.condition = .unknown
    }

    /// What `log_silent` and `status` are to know of it.
    mutating func take(_ advance: LogAdvance) -> AlertLogReading {
        let arrivals = advance.reading.arrivals
        var unread: [String: UInt64] = [:]
        for (reason, lines) in arrivals.unread.byReason {
            let before = status.unreadByReason[reason.rawValue] ?? 0
            if lines > before { unread[reason.words] = lines - before }
        }
        let requests = advance.reading.deltas.reduce(advance.reading.plainLines) { $0 + $1.hits }
        let skipped = advance.reading.deltas.reduce(0) { $0 + $1.skipped }

        status.format = advance.reading.decisions.last ?? status.format
        status.lastLineAt = arrivals.last
        status.lastRequestAt = arrivals.lastHit
        status.lines = arrivals.hits &+ arrivals.skipped &+ arrivals.plain &+ arrivals.unread.total
        status.skipped = arrivals.skipped
        status.unread = arrivals.unread.total
        status.unreadByReason = Dictionary(
            uniqueKeysWithValues: arrivals.unread.byReason.map { ($0.reason.rawValue, $0.lines) }
        )
        status.firstUnread = arrivals.unread.samples.map { .init(reason: $0.reason.rawValue, text: $0.line) }
        status.bytesBehind = advance.bytesBehind
        if let report = advance.report {
            status.condition = .init(report.condition)
            status.detail = report.errorNumber == 0 ? "" : ErrorText.of(report.errorNumber)
            if report.isForbidden { status.detail = "not allowed by its key" }
        }
        for loss in advance.losses { status.lostBytes = status.lostBytes.addingSaturated(loss.bytes ?? 0) }
        status.heldBack = advance.heldBack
        return AlertLogReading(
            condition: advance.report?.condition ?? .following,
            errorNumber: advance.report?.errorNumber ?? 0,
            isAtEnd: advance.report?.isAtEnd ?? false,
            requests: requests,
            skipped: skipped,
            unread: unread,
            heldBack: advance.heldBack
        )
    }

    /// For the group's transaction; to be called behind `take`.
    func progress(of advance: LogAdvance) -> LogProgress? {
        guard let state = advance.state else { return nil }
        return LogProgress(
            name: name,
            state: state,
            status: status,
            windows: advance.reading.windows.map { LogWindowState(windowStart: $0.start, state: $0.state) },
            windowsForgottenBefore: advance.reading.windowsForgottenBefore
        )
    }

    // MARK: Log

    /// What is news in an advance; `before` is the status that it found.
    mutating func news(of advance: LogAdvance, before: LogStatusRecord, at now: Timestamp) -> [RecordedHost.LogLine] {
        var lines: [RecordedHost.LogLine] = []
        func tell(_ level: Logger.Level, _ text: String) {
            lines.append(.init(level: level, host: name.host, text: "\(name.host): log \(name.log): \(text)"))
        }
        if let report = advance.report, before.condition != status.condition {
            switch report.condition {
            case .following:
                tell(before.condition == .unknown ? .info : .notice, "\(status.path) is followed")
            default:
                tell(.warning, "\(LogConditionText.of(report, path: status.path, interval: interval))")
            }
        }
        if let reason = status.heldBack, before.heldBack != reason {
            let sentence = reason.hasSuffix(".") ? reason : "\(reason)."
            tell(.warning, "\(status.path) is not read on: \(sentence) Its lines wait on the host.")
        } else if status.heldBack == nil, before.heldBack != nil {
            tell(.notice, "\(status.path) is read on")
        }
        for decision in advance.reading.decisions { tell(.info, decision) }
        if status.unread > before.unread {
            let isNews = unreadToldAt.map { now.milliseconds - $0.milliseconds > Self.unreadSilence } ?? true
            if isNews, let first = status.firstUnread.first {
                unreadToldAt = now
                let count = status.unread - before.unread
                tell(
                    .warning,
                    "\(count) \(count == 1 ? "line" : "lines") of \(status.path) cannot be read "
                        + "(\(first.reason)), for example “\(LogfmtHandler.oneLine(first.text))”. They are counted as "
                        + "unread; compare 'format' of <log> with the lines, metricsd watch --explain shows how one is read."
                )
            }
        }
        if let catchUp = advance.catchUp {
            tell(.info, "read up to its end: \(catchUp.bytes) bytes in \(catchUp.time.seconds) s")
        }
        return lines
    }
}

extension TrafficRow {
    init(_ delta: TrafficDelta, of log: LogName) {
        self.init(
            host: log.host,
            log: log.log,
            windowStart: delta.windowStart,
            hits: delta.hits,
            bytes: delta.bytes,
            status1xx: delta.statuses.informational,
            status2xx: delta.statuses.successful,
            status3xx: delta.statuses.redirected,
            status4xx: delta.statuses.clientErrors,
            status5xx: delta.statuses.serverErrors,
            statusOther: delta.statuses.other,
            clients: delta.clients,
            skipped: delta.skipped,
            unread: delta.unread,
            sections: delta.sections.map { .init(name: $0.name, hits: $0.hits) }
        )
    }
}

extension LogStatusRecord.Condition {
    init(_ condition: LogReport.Condition) {
        switch condition {
        case .following: self = .following
        case .missing: self = .missing
        case .denied: self = .denied
        case .notAFile: self = .notAFile
        case .failed: self = .failed
        }
    }
}
