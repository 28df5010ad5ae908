import AccessLogs
import CLinux
import Glibc
import Journal
import LogBatches
import Wire

/// Writes lines to standard output as a person or a program wants them.
///
/// It collects them and writes when a piece is full, or at the latest a tenth of a second after the last time.
package final class LineOutput {
    package enum Format: String, CaseIterable, Sendable {
        /// Each line behind its server.
        case text
        /// One object a line.
        case json
        /// The lines alone, byte by byte.
        case raw
    }

    package struct Style: Sendable {
        package var format: Format
        /// Servers are told apart by colours.
        package var isColored: Bool
        /// What could control a terminal is shown instead of sent.
        package var isForTerminal: Bool

        package init(_ format: Format, isColored: Bool = false, isForTerminal: Bool = false) {
            self.format = format
            self.isColored = isColored
            self.isForTerminal = isForTerminal
        }
    }

    /// A label's line is of a command's output, not of a log.
    struct Label {
        var name: LogName
        var isCommand = false
        /// What stands before its lines; in JSON, between time and line.
        var prefix: [UInt8] = []
    }

    private let style: Style
    private let descriptor: Int32
    private(set) var labels: [Label] = []
    private var columns = LinePrefix.Columns()
    private var hostNumbers: [String: Int] = [:]
    // Owned, freed in deinit: lines are copied into it a million times a second.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 16)
    private var filled = 0
    private var writtenAt = ContinuousClock.now
    private var clockText = (milliseconds: Int64.min, text: [UInt8]())

    package init(_ style: Style, descriptor: Int32 = 1) {
        self.style = style
        self.descriptor = descriptor
    }

    deinit { buffer.deallocate() }

    /// Takes names in, whose labels are their places in the order of their coming.
    func add(_ names: [LogName], areCommands: Bool = false) {
        for name in names {
            labels.append(Label(name: name, isCommand: areCommands))
            columns.host = max(columns.host, name.host.count)
            columns.log = max(columns.log, name.log.count)
            if hostNumbers[name.host] == nil { hostNumbers[name.host] = hostNumbers.count }
        }
        columns.showsLog = columns.showsLog || hostNumbers.count < labels.count
        for index in labels.indices {
            let name = labels[index].name
            if style.format == .json {
                // Names need no escapes.
                let kind = labels[index].isCommand ? "command" : "log"
                let text = "\",\"host\":\"\(name.host)\",\"\(kind)\":\"\(name.log)\",\"line\":\""
                labels[index].prefix = Array(text.utf8)
            } else {
                labels[index].prefix =
                    LinePrefix(name, columns, color: style.isColored ? hostNumbers[name.host] : nil).bytes
            }
        }
    }

    /// Blocks while the reader is slow.
    func write(_ line: UnsafeRawBufferPointer, at time: Int64, from label: Int) throws(LogViewError) {
        switch style.format {
        case .raw: try append(line)
        case .text:
            try append(labels[label].prefix)
            if labels[label].isCommand { try append(clock(time)) }
            if style.isForTerminal, !Self.isHarmless(line) {
                try append(Self.harmless(line))
            } else {
                try append(line)
            }
        case .json:
            try append(Self.jsonTime)
            try append(clock(time))
            try append(labels[label].prefix)
            try JSONText.isPlain(line) ? append(line) : append(JSONText.escaped(line))
            try append(Self.jsonEnd)
        }
        try append(Self.lineEnd)
    }

    private static let lineEnd: [UInt8] = [0x0A]
    private static let jsonTime = Array("{\"time\":\"".utf8)
    private static let jsonEnd = Array("\"}".utf8)

    /// Writes what was collected a while ago.
    func flushIfOld() throws(LogViewError) {
        if filled > 0, ContinuousClock.now - writtenAt > .milliseconds(100) { try flush() }
    }

    func flush() throws(LogViewError) {
        try post(UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
        filled = 0
        writtenAt = .now
    }

    /// Waits; ends at once when nobody reads the output any more.
    func wait(_ duration: Duration) throws(LogViewError) {
        let end = ContinuousClock.now + duration
        while true {
            let left = ContinuousClock.now.duration(to: end)
            let milliseconds = left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000
            if milliseconds <= 0 { return }
            // A pipe without a reader says so without being asked for anything (man 2 poll).
            var request = pollfd(fd: descriptor, events: 0, revents: 0)
            if poll(&request, 1, Int32(clamping: milliseconds)) > 0, request.revents & Int16(POLLERR | POLLNVAL) != 0 {
                throw LogViewError(.closed, "nobody reads the output any more")
            }
        }
    }

    // MARK: Pieces

    @inline(__always)
    private func append(_ bytes: [UInt8]) throws(LogViewError) {
        try bytes.withUnsafeBufferPointer { bytes throws(LogViewError) in try append(UnsafeRawBufferPointer(bytes)) }
    }

    @inline(__always)
    private func append(_ bytes: UnsafeRawBufferPointer) throws(LogViewError) {
        if bytes.count > buffer.count - filled {
            try flush()
            if bytes.count > buffer.count { return try post(bytes) }
        }
        guard let source = bytes.baseAddress, let target = buffer.baseAddress else { return }
        memcpy(target + filled, source, bytes.count)
        filled += bytes.count
    }

    private func post(_ bytes: UnsafeRawBufferPointer) throws(LogViewError) {
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                // Somebody who shares the terminal made it non-blocking.
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&request, 1, 1_000)
            } else if errno == EPIPE {
                throw LogViewError(.closed, "nobody reads the output any more")
            } else if errno != EINTR {
                throw LogViewError(
                    .output,
                    "the lines cannot be written: \(String(cString: strerror(errno))) (errno \(errno)). "
                        + "Look at where the output goes; nothing of what is stored has changed."
                )
            }
        }
    }

    private func clock(_ time: Int64) -> [UInt8] {
        if clockText.milliseconds != time {
            let text = Timestamp(milliseconds: time).rfc3339 + (style.format == .json ? "" : "  ")
            clockText = (time, Array(text.utf8))
        }
        return clockText.text
    }

    // MARK: Terminals

    /// Printable ASCII and tabs: nearly every line.
    private static func isHarmless(_ line: UnsafeRawBufferPointer) -> Bool {
        line.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 0x09 }
    }

    private static func harmless(_ line: UnsafeRawBufferPointer) -> [UInt8] {
        var shown: [UInt8] = []
        for (place, piece) in line.split(separator: 0x09, omittingEmptySubsequences: false).enumerated() {
            if place > 0 { shown.append(0x09) }
            shown += ForeignBytes.line(piece, limit: .max).utf8
        }
        return shown
    }
}
