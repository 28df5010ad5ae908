import Database
import LogBatches
import Wire

/// The wanted lines of a command's outputs on one host: all lines of a run have the time at which it began.
final class CommandStream: LineStream {
    let label: Int
    private(set) var key = Int64.min
    private(set) var time = Int64.min
    var line: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text)[lineStart..<lineEnd])
    }

    private let reader: CommandOutputReader
    private let command: String
    private let host: CommandHost
    /// Its clock minus ours, milliseconds.
    private let skew: Int64
    private let filter: LineFilter
    /// By the host's clock.
    private var after: Timestamp?
    private let before: Timestamp?
    private var runs: ArraySlice<StoredOutput> = []
    private var isAtEnd = false
    // Owned, freed in deinit: what `line` points to has to stay where it is.
    private var text = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 1)
    private var lineStart = 0
    private var lineEnd = 0
    private var next = 0

    /// - Parameter after: the run that was shown last, by the host's clock.
    init(
        _ reader: CommandOutputReader,
        command: String,
        host: CommandHost,
        label: Int,
        after: Timestamp?,
        filter: LineFilter
    ) {
        self.reader = reader
        self.command = command
        self.host = host
        self.label = label
        self.filter = filter
        skew = FollowedLogs.believable(host.clockSkewMilliseconds)
        let from = filter.times.lowerBound
        let first = from == .min ? nil : Timestamp(milliseconds: from + skew - 1)
        self.after = [after, first].compactMap { $0 }.max()
        before = filter.times.upperBound == .max ? nil : Timestamp(milliseconds: filter.times.upperBound + skew)
    }

    deinit { text.deallocate() }

    func advance() throws -> Bool {
        while true {
            while next < text.count {
                lineStart = next
                lineEnd = text[next...].firstIndex(of: 0x0A) ?? text.count
                next = lineEnd + 1
                if filter.wants(line, at: time) { return true }
            }
            guard try nextRun() else { return false }
        }
    }

    private func nextRun() throws -> Bool {
        if runs.isEmpty, !isAtEnd {
            runs = try reader.outputs(of: command, on: host, after: after, before: before)[...]
            isAtEnd = runs.isEmpty
        }
        guard let run = runs.popFirst() else { return false }
        after = run.startedAt
        time = run.startedAt.milliseconds - skew
        key = time
        text.deallocate()
        text = .allocate(byteCount: run.output.count, alignment: 1)
        text.copyBytes(from: run.output)
        next = 0
        return true
    }
}
