import Alerts
import Configuration
import Journal
import Wire

/// What keeps people from being told of a host's alerts now, by `metricsd silence` and by `<maintenance>`.
struct Silencing {
    /// One thing that does.
    struct Hold: Equatable {
        /// For people, without a full stop: `silenced by root until 2026-11-21 20:00 UTC: kernel update`.
        var cause: String
        /// Of alerts; nil for all of them.
        var type: String?
        var until: Timestamp
    }

    /// The silences of the journal that hold.
    var stored: [StoredSilence] = []

    /// What holds for a host now, the longest first, and when that changes.
    func holds(
        for host: String,
        maintenance: [MaintenanceWindow],
        at now: Timestamp
    ) -> (holds: [Hold], changesAt: Timestamp?) {
        var holds: [Hold] = []
        var changes: [Timestamp] = []
        for silence in stored where silence.isActive(at: now) && Glob(silence.host).matches(host) {
            holds.append(Hold(silence))
            changes.append(silence.until)
        }
        for window in maintenance {
            guard let occurrence = window.occurrence(at: now) else { continue }
            guard occurrence.contains(now) else {
                changes.append(occurrence.from)
                continue
            }
            holds.append(Hold(window, until: occurrence.until))
            changes.append(occurrence.until)
        }
        // So that what is said stays the same for as long as possible.
        holds.sort { $0.until.milliseconds > $1.until.milliseconds }
        return (holds, changes.min { $0.milliseconds < $1.milliseconds })
    }
}

extension Silencing.Hold {
    init(_ silence: StoredSilence) {
        let reason = silence.reason.isEmpty ? "" : ": \(silence.reason)"
        let until = Self.text(silence.until)
        self.init(
            cause: "silenced by \(silence.author) until \(until)\(reason)",
            type: silence.type,
            until: silence.until
        )
    }

    init(_ window: MaintenanceWindow, until: Timestamp) {
        let reason = window.reason.isEmpty ? "" : ": \(window.reason)"
        self.init(cause: "maintenance until \(Self.text(until))\(reason)", type: window.type, until: until)
    }

    var silence: AlertSilence { AlertSilence(type: type, cause: cause) }

    /// `2026-11-21 20:00 UTC`; with seconds where there are any.
    static func text(_ moment: Timestamp) -> String {
        let text = moment.utcText
        return "\(text.hasSuffix(":00") ? String(text.dropLast(3)) : text) UTC"
    }
}
