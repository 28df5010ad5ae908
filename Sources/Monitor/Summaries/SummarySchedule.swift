import Wire

/// When a summary is made, and of what. A value without a clock of its own.
///
/// Periods end at HH:at. What was sent reaches to a moment that the journal keeps, and the next summary begins there: no
/// moment is told of twice or not at all, however long metricsd did not run.
struct SummarySchedule: Equatable, Sendable {
    enum Action: Equatable, Sendable {
        /// Nothing is due before that moment.
        case wait(until: Timestamp)
        /// Count from the first start on; there is nothing to tell of before.
        case begin(at: Timestamp)
        /// The journal has a moment that is too far in the future to come: the clock was wrong then, or is now.
        case beginAnew(at: Timestamp)
        case make(from: Timestamp, to: Timestamp)
    }

    static let hour: Int64 = 3_600_000
    /// So long a period is over before it is told of: what was closed at its end has reached the journal then.
    static let settling: Int64 = 15_000

    /// Milliseconds into each hour.
    private let offset: Int64

    init(at: Duration) {
        offset = min(max(at.milliseconds, 0), Self.hour - 1)
    }

    /// - Parameter sentThrough: nil before the first start.
    func action(now: Timestamp, sentThrough: Timestamp?) -> Action {
        let next = Timestamp(milliseconds: lastEnd(before: now).milliseconds + Self.hour)
        guard let sentThrough else { return .begin(at: now) }
        guard sentThrough.milliseconds <= now.milliseconds + Self.hour else { return .beginAnew(at: next) }
        let end = lastEnd(before: Timestamp(milliseconds: now.milliseconds - Self.settling))
        guard sentThrough < end else {
            let following = lastEnd(before: sentThrough).milliseconds + Self.hour
            return .wait(until: Timestamp(milliseconds: following + Self.settling))
        }
        return .make(from: sentThrough, to: end)
    }

    /// The last HH:at up to a moment.
    private func lastEnd(before moment: Timestamp) -> Timestamp {
        let since = moment.milliseconds - offset
        let rest = since % Self.hour
        return Timestamp(milliseconds: moment.milliseconds - (rest < 0 ? rest + Self.hour : rest))
    }
}
