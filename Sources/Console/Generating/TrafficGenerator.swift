package import AccessLogs
package import Wire

/// Time as the generator waits for it; a test passes one of its own.
package protocol TrafficClock {
    /// Since the run began.
    var elapsed: Duration { get }
    /// The run is to end.
    var isStopped: Bool { get }
    /// Blocks until then, or until the run is to end.
    func wait(until elapsed: Duration)
}

/// Writes a simulated access log.
///
/// The timeline, the requests and the rotations depend on the seed and the start alone. A run at full speed writes the
/// same bytes as a live one, which waits for each arrival's time; what is late is made up for, so there is no drift.
package struct TrafficGenerator {
    package struct Plan: Sendable {
        package var phases: [TrafficPhase]
        package var format: AccessLogFormat
        package var seed: UInt64
        /// The time of the timeline's beginning in the log.
        package var start: Timestamp
        package var rotation: LogRotation?
        /// nil for standard output.
        package var output: String?

        package init(
            phases: [TrafficPhase],
            format: AccessLogFormat = .combined,
            seed: UInt64,
            start: Timestamp,
            rotation: LogRotation? = nil,
            output: String? = nil
        ) {
            self.phases = phases
            self.format = format
            self.seed = seed
            self.start = start
            self.rotation = rotation
            self.output = output
        }
    }

    /// A program that is told to open its log anew goes on for a moment in the one that was renamed.
    private static let reopenDelay: Int64 = 200_000_000
    /// Live lines may be so late, to be written together.
    private static let shortestWait = Duration.milliseconds(1)
    private static let blockBytes = 1 << 20

    private let plan: Plan
    private var mix: RequestMix
    private var lines: RequestLines
    private let file: TrafficFile
    private var pending: [UInt8] = []
    /// Nanoseconds of the timeline.
    private var nextRotation: Int64?
    private var reopening: Int64?

    /// Lines so far.
    package private(set) var written = 0

    /// Opens the log.
    package init(_ plan: Plan) throws(TrafficFileError) {
        self.plan = plan
        // Another stream of numbers than the timeline's.
        mix = RequestMix(seed: plan.seed ^ 0x5eed_0f_4e9e57)
        lines = RequestLines(plan.format)
        file = try TrafficFile(plan.output)
        pending.reserveCapacity(Self.blockBytes + 4_096)
        if case .time(let duration) = plan.rotation?.interval { nextRotation = duration.nanoseconds }
    }

    /// Writes to the end of the timeline, or until the clock says stop.
    ///
    /// - Parameter isLive: each line at its time; otherwise all as fast as they can be written.
    package mutating func run(clock: some TrafficClock, isLive: Bool) throws(TrafficFileError) {
        var timeline = TrafficTimeline(plan.phases, seed: plan.seed)
        pending += lines.header(at: plan.start)
        while let arrival = timeline.next() {
            if isLive, arrival > clock.elapsed.nanoseconds {
                try flush()
                clock.wait(until: max(.nanoseconds(arrival), clock.elapsed + Self.shortestWait))
                if clock.isStopped { return }
            }
            if plan.rotation != nil { try rotate(at: arrival) }
            lines.write(mix.next(), of: mix, at: time(arrival), to: &pending)
            written += 1
            if pending.count >= Self.blockBytes {
                try flush()
                if clock.isStopped { return }
            }
        }
        try flush()
        if isLive { clock.wait(until: timeline.duration) }
    }

    private func time(_ nanoseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: plan.start.milliseconds + nanoseconds / 1_000_000)
    }

    private mutating func flush() throws(TrafficFileError) {
        guard !pending.isEmpty else { return }
        try file.write(pending)
        pending.removeAll(keepingCapacity: true)
    }

    private mutating func rotate(at arrival: Int64) throws(TrafficFileError) {
        guard let rotation = plan.rotation else { return }
        if let due = reopening {
            guard arrival >= due else { return }
            reopening = nil
            try flush()
            try file.reopen()
            pending += lines.header(at: time(arrival))
        }
        switch rotation.interval {
        case .time(let duration):
            guard let due = nextRotation, arrival >= due else { return }
            // After a time without a request there is one rotation, not several of empty files.
            nextRotation = due + ((arrival - due) / duration.nanoseconds + 1) * duration.nanoseconds
        case .bytes(let limit):
            guard file.bytes + pending.count >= limit else { return }
        }
        try flush()
        switch rotation.method {
        case .rename:
            try file.rename(keeping: rotation.keep)
            reopening = arrival + Self.reopenDelay
        case .copytruncate:
            try file.copyAndTruncate(keeping: rotation.keep)
            pending += lines.header(at: time(arrival))
        }
    }
}

extension Duration {
    var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
