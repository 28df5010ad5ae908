import Alerts
import Configuration
import Journal
import Wire

/// What keeps people from being told now, a line each: silences, and maintenance by plan.
struct SilencesTable {
    private var rows: [[String]] = []
    private static let hostsShown = 3

    var isEmpty: Bool { rows.isEmpty }

    init(_ configuration: ServerConfiguration, _ silences: [StoredSilence], at now: Timestamp) {
        for silence in silences where silence.isActive(at: now) {
            rows.append(
                row(
                    "\(silence.id)",
                    silence.host,
                    silence.type,
                    silence.until,
                    "\(silence.reason) (\(silence.author))",
                    at: now
                )
            )
        }
        var windows: [(window: MaintenanceWindow, hosts: [String])] = []
        for host in configuration.hosts {
            for window in host.maintenance {
                if let place = windows.firstIndex(where: { $0.window == window }) {
                    windows[place].hosts.append(host.name)
                } else {
                    windows.append((window, [host.name]))
                }
            }
        }
        for (window, hosts) in windows {
            guard let occurrence = window.occurrence(at: now), occurrence.contains(now) else { continue }
            let more = hosts.count > Self.hostsShown ? " and \(hosts.count - Self.hostsShown) more" : ""
            let names =
                hosts.count == configuration.hosts.count && hosts.count > 1
                ? "all hosts" : hosts.prefix(Self.hostsShown).joined(separator: ", ") + more
            let reason = window.reason.isEmpty ? "maintenance" : "maintenance: \(window.reason)"
            rows.append(row("-", names, window.type, occurrence.until, reason, at: now))
        }
    }

    private func row(
        _ id: String,
        _ hosts: String,
        _ type: String?,
        _ until: Timestamp,
        _ reason: String,
        at now: Timestamp
    ) -> [String] {
        let left = until.milliseconds - now.milliseconds
        return [
            id, LogfmtHandler.oneLine(hosts), type ?? "all", Silencing.Hold.text(until),
            // Rounded up: it is never over before its time.
            ValueText.duration(milliseconds: (left + 999) / 1_000 * 1_000), LogfmtHandler.oneLine(reason),
        ]
    }

    func render(now: Timestamp) -> String {
        TextTable.render([["silence", "hosts", "alerts", "until", "left", "why"]] + rows, rightAligned: [4])
    }
}
