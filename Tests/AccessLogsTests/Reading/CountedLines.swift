import AccessLogs
import Wire

/// A plain recount of lines by window, to hold what was counted against.
struct CountedLines: Equatable {
    struct Window: Equatable {
        var hits: UInt64 = 0
        var bytes: UInt64 = 0
        var serverErrors: UInt64 = 0
        var skipped: UInt64 = 0
        var sections: [String: UInt64] = [:]
    }

    /// By their start, in seconds.
    var windows: [Int64: Window] = [:]
    var clients: [Int64: Set<String>] = [:]
    /// The highest number of clients that was told of each window.
    var toldClients: [Int64: UInt64] = [:]

    static func == (left: CountedLines, right: CountedLines) -> Bool {
        left.windows == right.windows
    }

    mutating func count(_ line: LogLine, isSkipped: Bool) {
        let start = line.second / 10 * 10
        var window = windows[start] ?? Window()
        if isSkipped {
            window.skipped += 1
        } else {
            window.hits += 1
            window.bytes += UInt64(line.bytes)
            window.serverErrors += line.status >= 500 ? 1 : 0
            let section = "/" + (line.target.dropFirst().split(separator: "/").first ?? "")
            window.sections[section, default: 0] += 1
            clients[start, default: []].insert(line.client)
        }
        windows[start] = window
    }

    mutating func add(_ deltas: [TrafficDelta]) {
        for delta in deltas {
            let start = delta.windowStart.milliseconds / 1_000
            var window = windows[start] ?? Window()
            window.hits += delta.hits
            window.bytes += delta.bytes
            window.serverErrors += delta.statuses.serverErrors
            window.skipped += delta.skipped
            for section in delta.sections { window.sections[section.name, default: 0] += section.hits }
            windows[start] = window
            toldClients[start] = max(toldClients[start] ?? 0, delta.clients)
        }
    }
}
