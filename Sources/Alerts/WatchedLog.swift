import Wire

/// A followed log with what its silence is judged by.
struct WatchedLog: Sendable {
    let log: AlertLog
    /// What a silence is counted from: the last counted request, the start, or the return of the host.
    var silentSince = Timestamp(milliseconds: 0)
    var lastRequestAt: Timestamp?
    /// Whether it was read to its end since the host answers; until then its requests may be on the way.
    var isKnown = false
    /// The last reading; nil until there was one.
    var reading: AlertLogReading?
    /// Lines since the last counted request.
    var skipped: UInt64 = 0
    var unread: [String: UInt64] = [:]
    /// What the alert that fires was last explained by.
    var toldCause: SilenceCause?
    /// When people were last told of lines that are too long to be stored.
    var tooLongToldAt: Timestamp?

    init(_ log: AlertLog) {
        self.log = log
        lastRequestAt = log.lastRequestAt
    }

    mutating func start(at now: Timestamp) {
        silentSince = lastRequestAt.map { min($0, now) } ?? now
    }

    mutating func take(_ reading: AlertLogReading, at now: Timestamp) {
        self.reading = reading
        if reading.heldBack != nil {
            isKnown = false
        } else if reading.isAtEnd || reading.condition != .following {
            isKnown = true
        }
        if reading.requests > 0 {
            silentSince = now
            lastRequestAt = now
            skipped = 0
            unread = [:]
        } else {
            skipped &+= reading.skipped
            for (reason, count) in reading.unread { unread[reason, default: 0] &+= count }
        }
    }

    /// When an alert is due.
    /// - Parameter answersSince: since when the host answers, or the start.
    func silenceDue(after milliseconds: Int64, answersSince: Timestamp) -> Timestamp {
        (isKnown ? silentSince : max(silentSince, answersSince)).advanced(by: milliseconds)
    }

    mutating func clockStepped(by milliseconds: Int64) {
        silentSince = silentSince.advanced(by: milliseconds)
        lastRequestAt = lastRequestAt?.advanced(by: milliseconds)
        tooLongToldAt = tooLongToldAt?.advanced(by: milliseconds)
    }
}

/// A `high_traffic` rule on one log.
struct TrafficRule: Sendable {
    let rule: AlertRule
    let threshold: AlertThreshold
    let windowSeconds: Int
    /// Its place among the host's logs.
    let log: Int
    let timing: AlertStateMachine.Timing
    var machine: AlertStateMachine
    /// Levels that are at least `recentDistance` apart: neighbouring seconds share nearly all of their requests.
    var recent: RecentReadings
    var recentAt: Timestamp?

    static let recentDistance: Int64 = 10_000

    init(
        rule: AlertRule,
        threshold: AlertThreshold,
        window: Duration,
        log: Int,
        interval: Duration,
        restored: AlertState?
    ) {
        self.rule = rule
        self.threshold = threshold
        self.log = log
        windowSeconds = window.wholeSeconds
        timing = .init(
            holdFor: rule.holdFor.milliseconds,
            // Seconds come in bunches, one bunch a reading.
            gapLimit: 3 * max(interval.milliseconds, 1_000),
            jitter: 0,
            repeatEvery: rule.repeatEvery?.milliseconds
        )
        machine = restored.map(AlertStateMachine.init(restoring:)) ?? AlertStateMachine()
        recent = RecentReadings(restoring: restored?.alert?.recent ?? [])
        recentAt = restored?.alert?.recent.last?.at
    }

    mutating func clockStepped(by milliseconds: Int64) {
        machine.clockStepped(by: milliseconds)
        recentAt = recentAt?.advanced(by: milliseconds)
    }

    /// The levels to show with a mail: those kept, and the newest.
    mutating func readings(with level: AlertTrafficLevel) -> RecentReadings {
        let newest = AlertReading(at: level.at, value: level.hitsPerSecond)
        if let recentAt, recentAt.elapsed(to: level.at) < TrafficRule.recentDistance {
            var shown = recent
            if recentAt != level.at { shown.append(newest) }
            return shown
        }
        recent.append(newest)
        recentAt = level.at
        return recent
    }
}

/// A `log_silent` rule on one log.
struct SilenceRule: Sendable {
    let rule: AlertRule
    /// Its place among the host's logs.
    let log: Int
    let timing: AlertStateMachine.Timing
    /// How long no request must have come: the rule's `for`, and at least two readings.
    let patience: Int64
    var machine: AlertStateMachine

    init(rule: AlertRule, log: Int, interval: Duration, restored: AlertState?) {
        self.rule = rule
        self.log = log
        patience = max(rule.holdFor.milliseconds, 2 * interval.milliseconds)
        // The machine need not wait: how long is known from the last request.
        timing = .init(holdFor: 0, gapLimit: nil, jitter: 0, repeatEvery: rule.repeatEvery?.milliseconds)
        machine = restored.map(AlertStateMachine.init(restoring:)) ?? AlertStateMachine()
    }
}
