import Foundation
import Monitor
import Synchronization
import Wire

/// The live table of `metricsd run` on a terminal: drawn in place on the alternate screen, the newest log lines below.
///
/// Control sequences are those of ECMA-48 and xterm that every terminal of today knows: alternate screen (DECSET 1049),
/// cursor home, erase to the end of line and of screen.
final class LiveScreen: Sendable {
    private static let logLines = 6

    private struct State {
        var isDrawing = false
        var log: [String] = []
    }

    private let state = Mutex(State())
    private let color = ProcessInfo.processInfo.environment["NO_COLOR"].map(\.isEmpty) ?? true

    /// A screen when stdout and stderr are a terminal that can move its cursor; nil otherwise.
    static func onTerminal() -> LiveScreen? {
        let terminal = ProcessInfo.processInfo.environment["TERM"] ?? "dumb"
        guard isatty(STDOUT_FILENO) == 1, isatty(STDERR_FILENO) == 1, terminal != "dumb" else { return nil }
        return LiveScreen()
    }

    func begin() {
        state.withLock { $0.isDrawing = true }
        write("\u{1b}[?1049h\u{1b}[?25l")
    }

    /// Back to the screen as it was, with the newest log lines on it.
    func end() {
        let lines = state.withLock { state in
            state.isDrawing = false
            return state.log
        }
        write("\u{1b}[?25h\u{1b}[?1049l" + lines.joined())
    }

    func draw(_ hosts: [HostStatus]) {
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) != 0 || size.ws_row == 0 {
            size.ws_row = 24
            size.ws_col = 80
        }
        let log = state.withLock { $0.log }
        let columns = Int(size.ws_col)
        let table = LiveTable.render(
            hosts,
            now: .now,
            rows: max(Int(size.ws_row) - log.count - 1, 4),
            columns: columns,
            color: color
        )
        var screen = "\u{1b}[H"
        for line in table.split(separator: "\n", omittingEmptySubsequences: false) { screen += "\(line)\u{1b}[K\r\n" }
        screen += "\u{1b}[K"
        for line in log { screen += "\r\n\(Self.shortened(line).prefix(columns))\u{1b}[K" }
        write(screen + "\u{1b}[J")
    }

    /// Takes a log line: to the screen's foot while it is drawn, to stderr otherwise.
    @Sendable func log(_ line: String) {
        let isDrawing = state.withLock { state in
            state.log.append(line)
            if state.log.count > Self.logLines { state.log.removeFirst() }
            return state.isDrawing
        }
        if !isDrawing { LogfmtHandler.standardError(line) }
    }

    /// `2026-11-20T10:15:00.250Z info …` without its end, its day and its milliseconds: room for what it says.
    private static func shortened(_ line: String) -> Substring {
        guard let day = line.firstIndex(of: "T"), let end = line.firstIndex(of: " "), day < end,
            let point = line[day..<end].firstIndex(of: ".")
        else { return line.dropLast() }
        return line[line.index(after: day)..<point] + line[end...].dropLast()
    }

    private func write(_ text: String) {
        StandardStream.output.write(text)
    }
}
