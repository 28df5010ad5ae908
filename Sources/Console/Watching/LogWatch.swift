package import AccessLogs
import Glibc
package import Wire

/// Watches one access log: what came in each interval, and the alert about high traffic. A value without I/O or a clock;
/// `FollowedLog` feeds it, and the plain blocks and the full screen show what it knows.
package struct LogWatch: Sendable {
    package struct Settings: Sendable {
        package var path: String
        package var format: AccessLogFormat
        /// Requests per second above which the alert is raised.
        package var threshold: Double
        /// The average at or below which it recovers; the threshold, where nil.
        package var clear: Double?
        /// What the average is taken of: 1 s…1 h.
        package var window: Duration
        /// Between two reports.
        package var every: Duration

        package init(
            path: String,
            format: AccessLogFormat = .auto,
            threshold: Double = 10,
            clear: Double? = nil,
            window: Duration = .seconds(120),
            every: Duration = .seconds(10)
        ) {
            self.path = path
            self.format = format
            self.threshold = threshold
            self.clear = clear
            self.window = window
            self.every = every
        }
    }

    /// Something that is told once.
    package enum Event: Equatable, Sendable {
        case alert(HighTrafficAlert.Change)
        /// About the log itself.
        case notice(String)
    }

    package let settings: Settings
    package let started: Timestamp
    package private(set) var alert: HighTrafficAlert
    /// The newest; nil until the log has been read live for a moment.
    package private(set) var level: TrafficLevel?
    package private(set) var history = HitHistory()
    /// Of the alert, newest last.
    package private(set) var changes: [HighTrafficAlert.Change] = []
    /// Newest last.
    package private(set) var notices: [(time: Timestamp, text: String)] = []
    /// How the lines are read; nil until some could be.
    package private(set) var format: String?
    package private(set) var condition = LogCondition()
    /// Between the last two reports; nil before the first.
    package private(set) var last: ShownTotals?
    /// Since the start, up to the last report.
    package private(set) var all: ShownTotals?
    /// When a line last came.
    package private(set) var lastLine: Timestamp?

    private var reader: LogReader
    private var intervalStart: Timestamp
    private var sum = TrafficTotals()
    private var hasToldUnread = false

    /// - Parameter cadence: between two reads.
    package init(_ settings: Settings, cadence: Duration, at now: Timestamp) {
        self.settings = settings
        started = now
        intervalStart = now
        reader = LogReader(
            format: settings.format,
            levelWindows: [.seconds(1), settings.window],
            interval: cadence,
            counting: .totals
        )
        let seconds = Int(settings.window.components.seconds)
        alert = HighTrafficAlert(
            threshold: settings.threshold,
            clear: settings.clear,
            windowSeconds: min(max(seconds, 1), 3_600)
        )
        if settings.format != .auto { format = settings.format.rawValue }
    }

    package mutating func read(_ chunk: LogChunk, at now: Timestamp) {
        reader.read(chunk, arrival: now)
    }

    /// To be called when a read of the log ends, whether lines came or not.
    package mutating func endRead(_ report: LogReport, at now: Timestamp) -> [Event] {
        var events: [Event] = []
        if let text = condition.change(to: report, path: settings.path) { events.append(.notice(text)) }
        for loss in report.losses { events.append(.notice(loss.text)) }
        reader.endRead(at: now, isAtEnd: report.isAtEnd && report.condition == .following)
        let reading = reader.takeReading()
        lastLine = reading.arrivals.last
        for decision in reading.decisions {
            format = decision
            events.append(.notice("the format of \(settings.path) is \(decision)"))
        }
        for level in reading.levels {
            if level.windowSeconds == 1 { history.add(level.hits, at: level.second.milliseconds / 1_000) }
            guard level.windowSeconds == alert.windowSeconds else { continue }
            self.level = level
            if let change = alert.observe(level) { events.append(.alert(change)) }
        }
        note(events, at: now)
        return events
    }

    /// Ends an interval: what came since the last call is `last` from now on.
    package mutating func report(at now: Timestamp) -> [Event] {
        let totals = reader.takeTotals()
        last = ShownTotals(totals, seconds: seconds(from: intervalStart, to: now))
        intervalStart = now
        sum.merge(totals)
        all = ShownTotals(sum, seconds: seconds(from: started, to: now))
        let events = unreadNotice(totals).map { [Event.notice($0)] } ?? []
        note(events, at: now)
        return events
    }

    private func seconds(from start: Timestamp, to end: Timestamp) -> Double {
        Double(max(end.milliseconds - start.milliseconds, 1)) / 1_000
    }

    /// Lines of which none can be read are told once, until one can.
    private mutating func unreadNotice(_ totals: TrafficTotals) -> String? {
        if totals.hits > 0 { hasToldUnread = false }
        guard totals.hits == 0, totals.unread.total > 0, !hasToldUnread else { return nil }
        hasToldUnread = true
        return totals.unreadText(path: settings.path)
    }

    private mutating func note(_ events: [Event], at now: Timestamp) {
        for event in events {
            switch event {
            case .alert(let change): changes.append(change)
            case .notice(let text): notices.append((now, text))
            }
        }
        if changes.count > 1_000 { changes.removeFirst(500) }
        if notices.count > 1_000 { notices.removeFirst(500) }
    }
}

extension TrafficTotals {
    /// For a log of which no line could be read.
    package func unreadText(path: String) -> String {
        let reasons = unread.byReason.map { $0.reason.rawValue }.joined(separator: ", ")
        return """
            \(path): not one line could be read (\(NumberText.count(unread.total, "line")), \(reasons)); \
            `metricsd watch --explain \(path)` shows why, and --format names the format if it was not recognised
            """
    }
}
