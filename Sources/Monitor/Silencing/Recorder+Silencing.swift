import Alerts
import Configuration
import Journal
import Logging
import Wire

extension Recorder {
    /// Looks what keeps people from being told now, and tells the alerts of those hosts for which that has changed.
    ///
    /// The journal is asked each time: another process writes there (`metricsd silence`).
    func renewSilences(in group: inout Group) {
        readSilences(at: group.at)
        for index in hosts.indices where isDue(hosts[index].silencesChangeAt, at: group.at) {
            let current = silencing.holds(for: hosts[index].name, maintenance: hosts[index].maintenance, at: group.at)
            hosts[index].silencesChangeAt = .at(current.changesAt)
            apply(hosts[index].alerts.silence(current.holds.map(\.silence), at: group.at), to: index, in: &group)
        }
        guard isDue(service.silencesChangeAt, at: group.at) else { return }
        let current = silencing.holds(for: ServiceAlerts.host, maintenance: service.maintenance, at: group.at)
        service.silencesChangeAt = .at(current.changesAt)
        apply(service.alerts.silence(current.holds.map(\.silence), at: group.at), to: nil, in: &group)
    }

    /// The clock was set, or the machine slept: what was asked for as a time goes on for what is left of it; what ends at a
    /// moment, and maintenance, go by the clock.
    func moveSilences(by step: ClockStep, before: Timestamp) {
        let milliseconds = step.setMilliseconds
        if milliseconds != 0 {
            do {
                try journal.moveSilences(by: milliseconds, before: before)
            } catch {
                logger.error("\(error) Silences end earlier or later than asked for, by as much as the clock was set.")
            }
        }
        lookAnew()
    }

    /// So that the journal does not keep them for ever. `metricsd silence --end` still knows those of the last months.
    func forgetFormerSilences(at now: Timestamp) {
        do {
            try journal.pruneSilences(before: Timestamp(milliseconds: now.milliseconds - 100 * 86_400_000))
        } catch {
            logger.warning("\(error) Silences that are over are forgotten at the next start.")
        }
    }

    private func readSilences(at now: Timestamp) {
        do {
            let stored = try journal.activeSilences(at: now)
            silencesAreUnreadable = false
            guard stored != silencing.stored else { return }
            tellChange(from: silencing.stored, to: stored)
            silencing.stored = stored
            lookAnew()
        } catch {
            // Those that are known go on until their time.
            if !silencesAreUnreadable { logger.error("\(error)") }
            silencesAreUnreadable = true
        }
    }

    private func tellChange(from former: [StoredSilence], to current: [StoredSilence]) {
        let (old, new) = (Set(former.map(\.id)), Set(current.map(\.id)))
        for silence in current where !old.contains(silence.id) {
            let what = silence.type ?? "any alert"
            logger.notice(
                "silence \(silence.id): nobody is told of \(what) of \(silence.host), \(Silencing.Hold(silence).cause)"
            )
        }
        for silence in former where !new.contains(silence.id) {
            logger.notice("silence \(silence.id) of \(silence.host) is over")
        }
    }

    private func lookAnew() {
        for index in hosts.indices { hosts[index].silencesChangeAt = .unknown }
        service.silencesChangeAt = .unknown
    }

    private func isDue(_ moment: SilencesChange, at now: Timestamp) -> Bool {
        switch moment {
        case .unknown: true
        case .at(let moment): moment.map { $0.milliseconds <= now.milliseconds } ?? false
        }
    }
}

/// When what keeps people from being told changes next, as far as time alone changes it.
enum SilencesChange {
    case unknown
    /// Nil: never.
    case at(Timestamp?)
}
