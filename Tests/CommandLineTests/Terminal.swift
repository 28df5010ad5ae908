import Foundation
import TestServers

/// A pseudo-terminal (`man 7 pty`): the side that a terminal program has of it.
final class Terminal {
    let path: String
    private let descriptor: Int32
    /// Everything that came, control sequences included.
    private(set) var received = ""

    init(rows: Int, columns: Int) throws {
        var (near, far) = (Int32(-1), Int32(-1))
        var name = [CChar](repeating: 0, count: 128)
        guard openpty(&near, &far, &name, nil, nil) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        // The program opens it anew, by its path.
        close(far)
        descriptor = near
        path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        try resize(rows: rows, columns: columns)
    }

    deinit { close(descriptor) }

    func resize(rows: Int, columns: Int) throws {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        guard ioctl(descriptor, UInt(TIOCSWINSZ), &size) == 0 else {
            throw POSIXError(.init(rawValue: errno) ?? .EIO)
        }
    }

    /// What `stty -g` would print: echo, line by line or key by key…
    var modes: [UInt32] {
        var modes = termios()
        tcgetattr(descriptor, &modes)
        return [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag]
    }

    /// Types, e.g. `\u{3}` for Ctrl-C.
    func type(_ text: String) {
        _ = text.withCString { write(descriptor, $0, text.utf8.count) }
    }

    /// Takes what has come since.
    @discardableResult
    func read() -> String {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var bytes: [UInt8] = []
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        received += String(decoding: bytes, as: UTF8.self)
        return received
    }

    /// The lines that stand on the screen after the last complete drawing, colours left out.
    var frame: [String] {
        let drawings = read().components(separatedBy: "\u{1b}[H")
        guard let last = drawings.last(where: { $0.contains("\u{1b}[J") }),
            let end = last.range(of: "\u{1b}[J")
        else { return [] }
        // The kernel adds carriage returns of its own; and a pair of both ends is one character in Swift.
        let text = String(String.UnicodeScalarView(last[..<end.lowerBound].unicodeScalars.filter { $0 != "\r" }))
        return text.replacing("\u{1b}[K", with: "").replacing(#/\u{1b}\[[0-9;]*m/#, with: "")
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
