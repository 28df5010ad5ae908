import Wire

/// The state of one (host, rule, instance): ok → pending → firing → ok. Knows nothing of samples, hosts or mails.
struct AlertStateMachine: Sendable {
    /// The worst value since the condition began.
    struct Peak: Sendable {
        var value: Double
        var at: Timestamp
    }

    enum State: Sendable {
        case ok
        /// `lastAt` is nil after a restart, until the condition is seen again.
        case pending(since: Timestamp, lastAt: Timestamp?, peak: Peak?)
        // Boxed: an alert is large, and most series never have one.
        indirect case firing(Alert, savedAt: Timestamp)
    }

    /// What was seen when the condition holds.
    struct Evidence {
        var at: Timestamp
        var value: Double?
        var severity: AlertSeverity
        var reason: String
        var recent: RecentReadings?
        /// Requests in the window of a log.
        var hits: UInt64?
        var delivery: AlertedDelivery?
    }

    /// What the owner has to do: store the state, and for some of them tell people.
    enum Action: Equatable {
        case nothing
        /// Pending began, or began again.
        case pending
        /// Pending ended without an alert.
        case calmed
        case raised(Alert)
        /// Still firing; a new peak is worth a row.
        case updated(Alert)
        case worsened(Alert)
        case reminded(Alert)
        case resolved(Alert)
    }

    /// The part of the rule that the states need, in milliseconds.
    struct Timing: Sendable {
        var holdFor: Int64
        /// Pending starts again when the condition was not seen for longer; nil where it holds until told otherwise.
        var gapLimit: Int64?
        /// How much earlier than `holdFor` the answer may arrive that completes it: answers arrive with jitter.
        var jitter: Int64
        var repeatEvery: Int64?
    }

    /// A new peak is stored at most this often; every transition is stored at once.
    static let savePeriod: Int64 = 60_000

    var state: State = .ok

    init() {}

    init(restoring restored: AlertState) {
        if let alert = restored.alert {
            state = .firing(alert, savedAt: alert.lastNotifiedAt)
        } else {
            state = .pending(since: restored.since, lastAt: nil, peak: nil)
        }
    }

    var isOk: Bool { if case .ok = state { true } else { false } }

    var firing: Alert? { if case .firing(let alert, _) = state { alert } else { nil } }

    /// When the condition began; nil when ok.
    var since: Timestamp? {
        switch state {
        case .ok: nil
        case .pending(let since, _, _): since
        case .firing(let alert, _): alert.since
        }
    }

    // MARK: Events

    /// The condition holds.
    /// - Parameters:
    ///   - mayRaise: false keeps a due alert pending.
    ///   - open: makes the alert, given when the condition began.
    mutating func holds(
        _ evidence: Evidence,
        comparison: AlertThreshold? = nil,
        timing: Timing,
        mayRaise: Bool = true,
        open: (_ since: Timestamp) -> Alert
    ) -> Action {
        switch state {
        case .ok:
            return begin(evidence, timing: timing, mayRaise: mayRaise, isNew: true, open: open)

        case .pending(let since, let lastAt, let peak):
            let isBroken: Bool
            if let lastAt {
                isBroken = timing.gapLimit.map { lastAt.elapsed(to: evidence.at) > $0 } ?? false
            } else {
                // Nobody saw whether it held while this program was away: believe it while that could not have
                // completed `holdFor` by itself.
                isBroken = since.elapsed(to: evidence.at) > timing.holdFor + (timing.gapLimit ?? 0)
            }
            if isBroken {
                return begin(evidence, timing: timing, mayRaise: mayRaise, isNew: false, open: open)
            }
            let worst = AlertStateMachine.worse(of: peak, evidence, comparison)
            guard mayRaise, since.elapsed(to: evidence.at) >= timing.holdFor - timing.jitter else {
                state = .pending(since: since, lastAt: evidence.at, peak: worst)
                return .nothing
            }
            return raise(evidence, since: since, peak: worst, open: open)

        case .firing(var alert, let savedAt):
            let oldPeak = alert.peak
            alert.take(evidence)
            if let worst = AlertStateMachine.worse(of: alert.knownPeak, evidence, comparison) {
                alert.peak = worst.value
                alert.peakAt = worst.at
            }
            if evidence.severity > alert.severity {
                alert.severity = evidence.severity
                if alert.isHeldBack {
                    if alert.hold?.untold == nil { alert.hold?.untold = .worsened }
                } else {
                    alert.lastNotifiedAt = evidence.at
                }
                state = .firing(alert, savedAt: evidence.at)
                return .worsened(alert)
            }
            if alert.peak != oldPeak, savedAt.elapsed(to: evidence.at) >= AlertStateMachine.savePeriod {
                state = .firing(alert, savedAt: evidence.at)
                return .updated(alert)
            }
            state = .firing(alert, savedAt: savedAt)
            return .nothing
        }
    }

    /// The condition neither holds nor has cleared: the value lies between `clear` and the threshold.
    mutating func lingers(_ evidence: Evidence) -> Action {
        switch state {
        case .ok:
            return .nothing
        case .pending:
            state = .ok
            return .calmed
        case .firing(var alert, let savedAt):
            alert.take(evidence)
            state = .firing(alert, savedAt: savedAt)
            return .nothing
        }
    }

    /// What is known about the cause has changed.
    mutating func isExplained(by reason: String) -> Action {
        guard case .firing(var alert, let savedAt) = state, alert.reason != reason else { return .nothing }
        alert.reason = reason
        state = .firing(alert, savedAt: savedAt)
        return .updated(alert)
    }

    /// The condition is over, or nobody asks any more.
    /// - Parameter resolution: why, where the value does not say it.
    mutating func ends(
        at now: Timestamp,
        value: Double? = nil,
        recent: RecentReadings? = nil,
        hits: UInt64? = nil,
        resolution: String? = nil
    ) -> Action {
        switch state {
        case .ok:
            return .nothing
        case .pending:
            state = .ok
            return .calmed
        case .firing(var alert, _):
            state = .ok
            if let value { alert.value = value }
            if let recent { alert.recent = recent.ordered }
            if let hits { alert.log?.hits = hits }
            alert.resolvedAt = now
            alert.resolution = resolution
            alert.lastNotifiedAt = now
            return .resolved(alert)
        }
    }

    /// Reminds when `repeat` is due.
    mutating func timePasses(at now: Timestamp, timing: Timing, recent: RecentReadings?) -> Action {
        guard case .firing(var alert, _) = state, let due = nextReminder(timing), due <= now else { return .nothing }
        if let recent { alert.recent = recent.ordered }
        alert.remindersSent += 1
        alert.lastNotifiedAt = now
        state = .firing(alert, savedAt: now)
        return .reminded(alert)
    }

    func nextReminder(_ timing: Timing) -> Timestamp? {
        guard let period = timing.repeatEvery, case .firing(let alert, _) = state, !alert.isHeldBack else { return nil }
        return alert.lastNotifiedAt.advanced(by: period)
    }

    // MARK: Steps

    private mutating func begin(
        _ evidence: Evidence,
        timing: Timing,
        mayRaise: Bool,
        isNew: Bool,
        open: (Timestamp) -> Alert
    ) -> Action {
        let peak = evidence.value.map { Peak(value: $0, at: evidence.at) }
        guard timing.holdFor <= 0, mayRaise else {
            state = .pending(since: evidence.at, lastAt: evidence.at, peak: peak)
            return .pending
        }
        return raise(evidence, since: evidence.at, peak: peak, open: open)
    }

    private mutating func raise(
        _ evidence: Evidence,
        since: Timestamp,
        peak: Peak?,
        open: (Timestamp) -> Alert
    ) -> Action {
        var alert = open(since)
        alert.take(evidence)
        alert.severity = evidence.severity
        alert.openingValue = evidence.value
        alert.log?.openingHits = evidence.hits
        alert.peak = peak?.value
        alert.peakAt = peak?.at
        state = .firing(alert, savedAt: evidence.at)
        return .raised(alert)
    }

    private static func worse(of peak: Peak?, _ evidence: Evidence, _ comparison: AlertThreshold?) -> Peak? {
        guard let value = evidence.value, let comparison else { return peak }
        let candidate = Peak(value: value, at: evidence.at)
        guard let peak else { return candidate }
        return comparison.isWorse(value, than: peak.value) ? candidate : peak
    }
}

extension Alert {
    fileprivate var knownPeak: AlertStateMachine.Peak? {
        guard let peak, let peakAt else { return nil }
        return .init(value: peak, at: peakAt)
    }

    fileprivate mutating func take(_ evidence: AlertStateMachine.Evidence) {
        if let value = evidence.value { self.value = value }
        if let recent = evidence.recent { self.recent = recent.ordered }
        if let hits = evidence.hits { log?.hits = hits }
        if let delivery = evidence.delivery { self.delivery = delivery }
        reason = evidence.reason
    }
}
