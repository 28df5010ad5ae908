import Alerts
import Wire

/// Notices that the server's clock did not go as time did: it was set, or the machine was suspended.
///
/// Alerts count their durations by the server's clock, because people read its times in mails and rows. A step larger
/// than a `for` would raise `unreachable` and `no_data` for every host at once; told of it, they count without it.
struct ClockWatch {
    /// Smaller steps do no harm, not even to the shortest `no_data`; a leap second is one of them.
    fileprivate static let tolerance: Int64 = 2_000

    /// The reading that the next one is compared with: the newest at which the clocks were taken to agree.
    private var reference: ClockReading

    init(startingAt reading: ClockReading) {
        reference = reading
    }

    /// How far the clock has stepped since the last step, or the start; nil while that is not worth a word.
    mutating func step(at now: ClockReading) -> ClockStep? {
        let milliseconds = now.lead - reference.lead
        guard abs(milliseconds) > Self.tolerance else { return nil }
        let suspended = now.suspended - reference.suspended
        reference = now
        return ClockStep(
            milliseconds: milliseconds,
            suspendedMilliseconds: suspended > Self.tolerance ? suspended : 0
        )
    }

    /// When a reading was taken, by the clock as it goes since the last step.
    func current(_ reading: ClockReading) -> Timestamp {
        let stepped = reference.lead - reading.lead
        guard abs(stepped) > Self.tolerance else { return reading.wall }
        return Timestamp(milliseconds: reading.wall.milliseconds + stepped)
    }
}

/// A jump of the server's clock, as the log tells it.
struct ClockStep: Equatable, CustomStringConvertible {
    /// Positive where the clock went forward, suspension included.
    var milliseconds: Int64
    /// How much of it the machine slept; zero where it did not.
    var suspendedMilliseconds: Int64

    /// How far it was set.
    var setMilliseconds: Int64 { milliseconds - suspendedMilliseconds }

    var description: String {
        let mended = "Alerts count on without that time."
        let set = setMilliseconds
        guard suspendedMilliseconds > 0 else {
            return
                "this server's clock was set \(Self.text(set)). \(mended) Keep it right with NTP (chrony, systemd-timesyncd)."
        }
        let slept =
            "this machine was suspended for \(ValueText.duration(milliseconds: suspendedMilliseconds)), and watched no host meanwhile"
        guard abs(set) > ClockWatch.tolerance else {
            return "\(slept). \(mended) Keep it from sleeping (systemctl mask sleep.target)."
        }
        return "\(slept); its clock was set \(Self.text(set)). \(mended) Keep it from sleeping (systemctl mask "
            + "sleep.target), and its clock right with NTP (chrony, systemd-timesyncd)."
    }

    private static func text(_ milliseconds: Int64) -> String {
        "\(milliseconds < 0 ? "back" : "forward") by \(ValueText.duration(milliseconds: abs(milliseconds)))"
    }
}

extension ClockReading {
    /// How far the wall clock is before the one that only runs; changes with each step.
    fileprivate var lead: Int64 { wall.milliseconds - running }

    /// How long the machine was suspended since it started.
    fileprivate var suspended: Int64 { sinceBoot - running }
}
