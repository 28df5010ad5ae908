import AccessLogs
import Glibc
import Wire

/// The wanted lines of one batch, read from its file piece by piece.
///
/// A line's time is its own minus the clock skew with which it came. A line whose time is not in the batch's window came
/// without one that was believed; it has that of the line before, as those without a time.
package final class BatchStream: LineStream {
    /// Up to where a batch that grows was read.
    package struct Position {
        fileprivate var offset: UInt64 = 0
        /// Lines before it are read for their times, and are not wanted.
        fileprivate var wantedFrom: UInt64 = 0
        fileprivate var known: (times: LineTimes, key: Int64, time: Int64)?

        package static let beginning = Position()

        /// Behind what was there when somebody began to look.
        package static func behind(_ byteCount: UInt64) -> Position { Position(wantedFrom: byteCount) }

        /// How much is known of.
        package var seen: UInt64 { max(offset, wantedFrom) }
    }

    /// What the merge is told at the end of a batch.
    package enum Ending {
        case whole(Position)
        /// It could not be read on.
        case failed(BatchError)
    }

    package let batch: LogBatch
    package let label: Int
    package private(set) var key: Int64
    package private(set) var time: Int64
    package var line: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: buffer.baseAddress.map { $0 + lineStart }, count: lineEnd - lineStart)
    }

    private let reader: BatchFileReader
    private let filter: LineFilter
    private let skew: Int64
    /// Of the lines' own times.
    private let window: Range<Int64>
    private var times: LineTimes
    // Owned, freed in deinit: an array would be checked and might be copied at each refill.
    private var buffer: UnsafeMutableRawBufferPointer
    private var lineStart = 0
    private var lineEnd = 0
    /// What follows the line, up to `filled`.
    private var next = 0
    private var filled = 0
    private var isAtEnd = false
    /// Of the lines that were read.
    private var consumed: UInt64
    private let wantedFrom: UInt64
    private let hasRead: () -> Void
    private let ended: (LogBatch, Ending) -> Void

    private static let pieceBytes = 64 << 10
    /// Longer ones are cut: far above what is collected.
    private static let longestLine = 4 << 20

    /// Opens the batch's file.
    /// - Parameters:
    ///   - hasRead: called for each piece of the file, whether its lines are wanted or not.
    ///   - ended: told once how it ended; a file that cannot be read is no error of the merge.
    package init(
        _ batch: LogBatch,
        label: Int,
        in folder: BatchFolder,
        from position: Position = .beginning,
        filter: LineFilter = LineFilter(),
        hasRead: @escaping () -> Void = {},
        ended: @escaping (LogBatch, Ending) -> Void
    ) throws(BatchError) {
        self.batch = batch
        self.label = label
        self.filter = filter
        self.hasRead = hasRead
        self.ended = ended
        skew = batch.clockSkewMilliseconds
        window = batch.timeRange
        consumed = position.offset
        wantedFrom = position.wantedFrom
        let start = window.lowerBound - skew
        (times, key, time) =
            position.known
            ?? (LineTimes(AccessLogFormat(rawValue: batch.format) ?? .auto, header: batch.header), start, start)
        reader = try BatchFileReader(batch, in: folder, at: consumed)
        let left = batch.byteCount - min(consumed, batch.byteCount)
        buffer = .allocate(byteCount: Int(min(UInt64(Self.pieceBytes), max(left, 1))), alignment: 16)
    }

    deinit { buffer.deallocate() }

    package func advance() -> Bool {
        do throws(BatchError) {
            while try nextLine() {
                let line = line
                if let own = times.time(of: line), own >= window.lowerBound, own < window.upperBound {
                    time = own - skew
                    if time > key { key = time }
                }
                if filter.wants(line, at: time), consumed > wantedFrom { return true }
            }
            ended(batch, .whole(Position(offset: consumed, wantedFrom: wantedFrom, known: (times, key, time))))
        } catch {
            ended(batch, .failed(error))
        }
        return false
    }

    @inline(__always)
    private func nextLine() throws(BatchError) -> Bool {
        var searched = next
        while true {
            if let newline = memchr(buffer.baseAddress! + searched, 0x0A, filled - searched) {
                lineStart = next
                lineEnd = UnsafeRawPointer(newline) - UnsafeRawPointer(buffer.baseAddress!)
                next = lineEnd + 1
                consumed += UInt64(next - lineStart)
                return true
            }
            searched = filled - next
            if isAtEnd || searched >= Self.longestLine { return takeRest() }
            try refill()
        }
    }

    /// What is left without a newline.
    private func takeRest() -> Bool {
        guard next < filled else { return false }
        lineStart = next
        lineEnd = filled
        next = filled
        consumed += UInt64(lineEnd - lineStart)
        return true
    }

    /// Moves what is left to the front and reads on behind it.
    private func refill() throws(BatchError) {
        let left = filled - next
        if left == buffer.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: left * 2, alignment: 16)
            larger.copyMemory(from: UnsafeRawBufferPointer(buffer))
            buffer.deallocate()
            buffer = larger
        } else if next > 0, left > 0 {
            memmove(buffer.baseAddress!, buffer.baseAddress! + next, left)
        }
        next = 0
        filled = left
        let count = try reader.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[left...]))
        filled += count
        isAtEnd = count == 0
        hasRead()
    }
}

extension LogBatch {
    /// The times of its lines by the host's clock, in milliseconds since 1970.
    var timeRange: Range<Int64> {
        windowStart.milliseconds..<windowStart.milliseconds + Int64(max(windowSeconds, 1)) * 1_000
    }

    /// The same by the server's clock.
    package var serverTimes: Range<Int64> {
        let range = timeRange
        return range.lowerBound - clockSkewMilliseconds..<range.upperBound - clockSkewMilliseconds
    }
}
