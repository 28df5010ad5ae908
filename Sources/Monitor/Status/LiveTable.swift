import Alerts
import Journal
package import Wire

/// The table that `metricsd run` shows on a terminal: one line per host, those in trouble first.
package enum LiveTable {
    /// - Parameters:
    ///   - rows: lines that there is room for, heading and summary included.
    ///   - columns: the terminal's width; longer lines are cut.
    ///   - color: whether states are coloured (ECMA-48 SGR).
    package static func render(
        _ hosts: [HostStatus],
        now: Timestamp,
        rows: Int,
        columns: Int,
        color: Bool
    ) -> String {
        let room = max(rows - 3, 1)
        let ordered = hosts.enumerated().sorted { left, right in
            let (first, second) = (left.element.rank, right.element.rank)
            return first == second ? left.offset < right.offset : first < second
        }.map(\.element)
        let shown = ordered.prefix(ordered.count > room ? room - 1 : room)
        var cells = [["host", "state", "age", "cpu", "mem", "disk", "alerts"]]
        for host in shown { cells.append(host.cells(at: now)) }
        let table = TextTable.render(cells, rightAligned: [2, 3, 4, 5]).split(separator: "\n")
        var lines = [summary(hosts)] + table.map(String.init)
        if shown.count < ordered.count { lines.append("… and \(ordered.count - shown.count) more hosts") }
        return lines.enumerated().map { index, line in
            let cut = line.count > columns ? String(line.prefix(columns - 1)) + "…" : line
            guard color else { return cut }
            switch index {
            case 0, 1: return "\u{1b}[1m\(cut)\u{1b}[0m"
            case 2..<(2 + shown.count): return shown[shown.startIndex + index - 2].paint(cut)
            default: return cut
            }
        }.joined(separator: "\n")
    }

    private static func summary(_ hosts: [HostStatus]) -> String {
        let up = hosts.count { $0.state.state == .up }
        let alerts = hosts.reduce(0) { $0 + $1.openAlerts.count }
        return "metricsd: \(up) of \(hosts.count) hosts up, \(alerts) open \(alerts == 1 ? "alert" : "alerts")"
    }
}

extension HostStatus {
    /// Trouble first: critical alerts and absent hosts, then other alerts, then hosts not seen yet, then the rest.
    fileprivate var rank: Int {
        if openAlerts.contains(where: { $0.severity == .critical }) || isAbsent { return 0 }
        if !openAlerts.isEmpty { return 1 }
        return state.state == .unknown ? 2 : 3
    }

    private var isAbsent: Bool { state.state == .unreachable || state.state == .refused }

    package func cells(at now: Timestamp) -> [String] {
        let age = state.lastSeen.map { CellText.age($0, at: now) } ?? "never"
        // That a host is absent stands in its state already, and its name at the line's beginning.
        let trouble = openAlerts.filter { !(isAbsent && $0.type == "unreachable") }
            .map { "\($0.type)\($0.instance.isEmpty ? "" : " \($0.instance)")\($0.isHeldBack ? " (silenced)" : "")" }
        let error = state.lastError.map { text in
            LogfmtHandler.oneLine(String(text.trimmingPrefix("\(state.host): ")))
        }
        return [
            state.host, state.state.rawValue, age, CellText.percent(state.cpuPercent),
            CellText.percent(state.memoryPercent), CellText.percent(state.diskPercent),
            (trouble + (error.map { [$0] } ?? [])).joined(separator: ", "),
        ]
    }

    /// Red for trouble, yellow for warnings, faint for what was not seen yet.
    fileprivate func paint(_ line: String) -> String {
        switch rank {
        case 0: "\u{1b}[31m\(line)\u{1b}[0m"
        case 1: "\u{1b}[33m\(line)\u{1b}[0m"
        case 2: "\u{1b}[2m\(line)\u{1b}[0m"
        default: line
        }
    }
}
