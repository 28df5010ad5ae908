import Alerts
import Journal
import Wire

/// The clocks of the hosts, compared with the one here at each answer.
extension Recorder {
    /// Hosts agree when their clocks differ by no more than this from the middle one, milliseconds.
    private static let agreement: Int64 = 10_000

    func recordClock(_ collectedAt: Timestamp, of index: Int, at now: Timestamp, in group: inout Group) {
        let skew = hosts[index].readClock(collectedAt, at: now)
        apply(hosts[index].alerts.clockRead(skew, isOurs: isOwnClockWrong, at: now), to: index, in: &group)
    }

    /// Once a second: whether most hosts agree that it is the clock here that is wrong. One host alone proves nothing.
    func compareClocks(in group: inout Group) {
        let skews = hosts.compactMap { $0.state.state == .up ? $0.clockSkewMilliseconds : nil }.sorted()
        guard skews.count > 1 || !isOwnClockWrong else { return }
        let middle = skews.isEmpty ? 0 : skews[skews.count / 2]
        let agreeing = skews.count { ($0 - middle).magnitude <= UInt64(Self.agreement) }
        isOwnClockWrong =
            skews.count > 1 && agreeing * 2 > skews.count && middle.magnitude > UInt64(HostAlerts.clockLimit)
        let condition = OwnClockCondition(
            aheadMilliseconds: isOwnClockWrong ? -middle : 0,
            agreeing: agreeing,
            answering: skews.count
        )
        apply(service.alerts.observe(.ownClock(condition), at: group.at), to: nil, in: &group)
    }
}

extension RecordedHost {
    /// Below this an answer's way is as likely the reason as the clock, milliseconds.
    private static let clockNoise: Int64 = 1_000

    /// The host's clock minus ours, milliseconds, as the answer shows it. Kept as the login measured it, with half the way
    /// taken off, unless it has clearly moved since.
    mutating func readClock(_ collectedAt: Timestamp, at now: Timestamp) -> Int64 {
        let skew = FollowedLogs.believable(collectedAt.skew(to: now))
        if let known = clockSkewMilliseconds, (known - skew).magnitude <= UInt64(Self.clockNoise) { return known }
        clockSkewMilliseconds = skew
        isClockRowDue = true
        return skew
    }
}
