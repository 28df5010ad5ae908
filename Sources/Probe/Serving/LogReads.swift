import CLinux

#if !hasFeature(Embedded)
    import LogFollowing
    import Wire
#endif

/// The logs of a plan, and the `readLogs` requests that wait for their pieces.
///
/// One piece is read at a time, when the channel has taken the one before, so that the probe never holds more than that
/// of a log. The logs of a request take turns, whatever each of them has.
final class LogReads {
    /// A request that is being answered.
    private struct Reading {
        var sequence: UInt32
        var reads: [LogRead]
        /// Places in `reads` that may have more, the next one first.
        var turns: [Int]
        var budget: Int
        var emptyPieces = 0
    }

    /// The server has one at a time; it is cut off before requests fill the host's memory.
    private static let waitingLimit = 8
    /// A line end of two bytes behind the longest line.
    private static let lineEndLimit = 2

    /// Pieces without lines are milliseconds of work each (unpacking a rotated file up to where it was read). The server
    /// waits for the whole answer, and asks again.
    private static let emptyPiecesLimit = 16

    /// Pieces from this size on are worth it to keep their memory for the next one.
    private static let largePiece = 32 << 10

    /// nil where the log may not be read.
    private let followers: [LogFollower?]
    private var readings: [Reading] = []
    private var keepsMemory = false

    init(plans: [LogPlan], permissions: Permissions) {
        followers = plans.map { plan in
            guard permissions.allowsLog(plan.path) else { return nil }
            return LogFollower(plan, isConfined: permissions.isRestricted)
        }
    }

    deinit { giveBackMemory() }

    var isReading: Bool { !readings.isEmpty }
    var hasRoom: Bool { readings.count < Self.waitingLimit }

    /// Queues a request. A log that the plan does not have, or that is named twice, is reported as failed.
    func take(sequence: UInt32, budgetBytes: UInt32, logs: [LogRead]) {
        let turns = logs.indices.filter { place in
            follower(of: logs[place]) != nil && !logs[..<place].contains { $0.log == logs[place].log }
        }
        readings.append(Reading(sequence: sequence, reads: logs, turns: turns, budget: Int(budgetBytes)))
        if readings.count == 1 { begin() }
    }

    /// Reads the next piece of the oldest request, or ends it.
    func next() -> Reply? {
        guard !readings.isEmpty else { return nil }
        while let place = readings[0].turns.first {
            readings[0].turns.removeFirst()
            guard let follower = follower(of: readings[0].reads[place]) else { continue }
            let room = min(readings[0].budget, LogChunk.byteLimit)
            // With less room a line could not be told from one that is too long.
            guard room >= Int(follower.plan.lineLimitBytes) + Self.lineEndLimit,
                let chunk = follower.nextChunk(maximumBytes: room)
            else { continue }
            readings[0].budget -= chunk.bytes.count
            readings[0].turns.append(place)
            if chunk.bytes.isEmpty { readings[0].emptyPieces += 1 }
            if readings[0].emptyPieces >= Self.emptyPiecesLimit { readings[0].turns = [] }
            if chunk.bytes.count >= Self.largePiece { keepMemory() }
            return .logChunk(chunk)
        }
        let reading = readings.removeFirst()
        let reports = reading.reads.indices.map { report(reading.reads, $0) }
        giveBackMemory()
        if !readings.isEmpty { begin() }
        return .logsRead(LogsRead(sequence: reading.sequence, readAt: SystemClock.now(), reports: reports))
    }

    /// nil where the plan does not have the log, or it may not be read.
    private func follower(of read: LogRead) -> LogFollower? {
        Int(read.log) < followers.count ? followers[Int(read.log)] : nil
    }

    private func isForbidden(_ read: LogRead) -> Bool {
        Int(read.log) < followers.count && followers[Int(read.log)] == nil
    }

    private func keepMemory() {
        if !keepsMemory { probe_keep_freed_memory() }
        keepsMemory = true
    }

    private func giveBackMemory() {
        if keepsMemory { probe_give_back_memory() }
        keepsMemory = false
    }

    private func begin() {
        for place in readings[0].turns {
            let read = readings[0].reads[place]
            follower(of: read)?.begin(read)
        }
    }

    private func report(_ reads: [LogRead], _ place: Int) -> LogReport {
        let read = reads[place]
        if let follower = follower(of: read), !reads[..<place].contains(where: { $0.log == read.log }) {
            var report = follower.report()
            // Its place in the plan is nothing that a follower knows.
            report.log = read.log
            return report
        }
        return LogReport(
            log: read.log,
            condition: .failed,
            errorNumber: isForbidden(read) ? RestrictedKey.errorNumber : EINVAL,
            isAtEnd: false,
            cursors: read.cursors
        )
    }
}
