internal import CNcurses
import Glibc

/// A terminal that is drawn on as a whole, by ncurses: it sends only what has changed, so nothing flickers.
///
/// Only one at a time, and only on the thread that made it. The terminal is put back by `close`, by `exit` and by the
/// signals of a crash.
package final class TerminalScreen {
    package enum Key: Equatable, Sendable {
        case character(Character)
        /// The terminal's size is another one.
        case resize
        case other
    }

    /// The user's locale shows all characters.
    package let showsUTF8: Bool
    private let hasColors: Bool
    private let screen: OpaquePointer
    private var isOpen = true

    /// Takes over the terminal that standard input and output are; nil where there is none or it cannot be drawn on.
    package init?(colors: Bool) {
        let terminal = getenv("TERM").map { String(cString: $0) } ?? ""
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, !["", "dumb", "unknown"].contains(terminal) else {
            return nil
        }
        showsUTF8 = console_is_utf8()
        TerminalRescue.remember()
        guard let screen = console_open() else { return nil }
        self.screen = screen
        hasColors = colors && console_open_colors()
        let sequences = ["sgr0", "cnorm", "rmkx", "rmcup"].compactMap { (name: String) in
            console_sequence(name).map { String(cString: $0) }
        }
        TerminalRescue.arm(with: sequences.joined())
    }

    deinit { close() }

    /// Puts the terminal back as it was.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        endwin()
        TerminalRescue.disarm()
        delscreen(screen)
    }

    /// The window was closed, and nothing will ever be typed.
    package var isGone: Bool {
        var input = pollfd(fd: STDIN_FILENO, events: 0, revents: 0)
        return poll(&input, 1, 0) > 0 && input.revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
    }

    package var rows: Int { Int(console_rows()) }
    package var columns: Int { Int(console_columns()) }

    /// Shows these lines from the top, and nothing else.
    package func draw(_ lines: [StyledLine]) {
        console_erase()
        for (row, line) in lines.prefix(rows).enumerated() {
            var column: Int32 = 0
            for piece in line.fitted(to: columns).pieces {
                var text = piece.text
                let style = piece.style
                text.withUTF8 { bytes in
                    bytes.withMemoryRebound(to: CChar.self) { bytes in
                        console_put(
                            Int32(row),
                            column,
                            bytes.baseAddress,
                            Int32(bytes.count),
                            style.isBold,
                            style.isDim,
                            style.isReverse,
                            hasColors ? style.color.rawValue : 0
                        )
                    }
                }
                column += Int32(piece.text.columns)
            }
        }
        console_refresh()
    }

    /// Draws all of it anew, also what did not change: something else may have written on the terminal.
    package func redraw() { console_redraw() }

    package func ringBell() { beep() }

    /// Blocks until a key is pressed, at most so long.
    package func nextKey(within duration: Duration) -> Key? {
        let milliseconds = min(max(duration.nanoseconds / 1_000_000, 0), 60_000)
        let code = console_key(Int32(milliseconds))
        switch code {
        case Int32(console_key_error): return nil
        case Int32(console_key_resize): return .resize
        case 0x20..<0x7f: return .character(Character(Unicode.Scalar(UInt8(code))))
        case 0x0c: return .character("\u{c}")
        default: return .other
        }
    }
}
