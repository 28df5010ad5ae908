import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

/// The collectors of a plan, and the poll that they answer now.
///
/// Those that may hang run in children under a deadline: all are started before any is awaited, the one that hangs is
/// killed, and one that the kernel does not let go is not started again while it is there.
final class CollectorRuns {
    /// A child that was killed a moment ago may still be on its way out, or writing a core.
    private static let graceNanoseconds: UInt64 = 500_000_000
    /// A child's answer above this is a failure, not memory of the host.
    private static let answerCeiling = 4 << 20

    private final class Run {
        let collector: Collector
        let child: ChildProcess
        var answer: [UInt8] = []
        /// When it answered or was given up.
        var endedAt: UInt64 = 0

        init(collector: Collector, child: ChildProcess) {
            self.collector = collector
            self.child = child
        }
    }

    private let collectors: [Collector]
    private let deadlineMilliseconds: UInt32
    private var deadline: UInt64 = 0
    private var running: [Run] = []
    /// Ended or killed, to be reaped.
    private var leftovers: [Run] = []
    /// To be started as soon as their last child is reaped.
    private var deferred: [Collector] = []
    private var buffer = [UInt8](repeating: 0, count: 8 << 10)

    private(set) var collectedAt = SystemClock.now()
    private(set) var samples: [Sample] = []
    private(set) var failures: [CollectorFailure] = []

    init(collectors: [Collector], deadlineMilliseconds: UInt32) {
        self.collectors = collectors
        self.deadlineMilliseconds = deadlineMilliseconds
    }

    var isComplete: Bool { running.isEmpty && deferred.isEmpty }
    var hasChildren: Bool { !running.isEmpty || !leftovers.isEmpty }
    var hasRates: Bool { collectors.contains { $0.isRate } }

    /// The first reading of the rates, so that the first answer has an interval to compute them over.
    func prime() {
        let uptime = SystemClock.uptimeNanoseconds()
        var thrownAway = SampleOutput()
        for collector in collectors where collector.isRate && !collector.mayBlock {
            // It fails again, and is reported, in the answer.
            try? collector.collect(into: &thrownAway, uptimeNanoseconds: uptime)
        }
    }

    /// Starts the children and reads everything else; complete once the children have answered or been given up.
    func begin() {
        let uptime = SystemClock.uptimeNanoseconds()
        deadline = uptime + SystemClock.nanoseconds(milliseconds: deadlineMilliseconds)
        collectedAt = SystemClock.now()
        samples.removeAll(keepingCapacity: true)
        failures = []
        leftovers.removeAll { $0.child.reap() != nil }
        deferred = []
        for collector in collectors where collector.mayBlock { start(collector, uptime) }
        var output = SampleOutput()
        for collector in collectors where !collector.mayBlock {
            do {
                try collector.collect(into: &output, uptimeNanoseconds: uptime)
            } catch {
                failures.append(error)
            }
        }
        samples += output.samples
    }

    func prepare(_ wait: inout ReadinessWait) {
        for run in running { wait.add(run.child.pipe) }
        if !running.isEmpty { wait.wake(at: deadline) }
        for collector in deferred { wait.wake(at: graceEnd(of: collector)) }
    }

    func advance(after wait: ReadinessWait, now: UInt64) {
        var stillRunning: [Run] = []
        for run in running {
            if wait.isReady(run.child.pipe) {
                run.child.read(limit: 1 << 20, using: &buffer) { run.answer.append(contentsOf: $0) }
            }
            if run.child.pipe < 0 {
                receive(run)
            } else if now >= deadline {
                giveUp(run, "no answer within \(deadlineMilliseconds) ms; look for a hanging mount or device")
            } else if run.answer.count > Self.answerCeiling {
                giveUp(run, "more than \(Self.answerCeiling) bytes of values")
            } else {
                stillRunning.append(run)
                continue
            }
            run.endedAt = now
            leftovers.append(run)
        }
        running = stillRunning
        leftovers.removeAll { $0.child.reap() != nil }
        let waiting = deferred
        deferred = []
        for collector in waiting { start(collector, now) }
    }

    /// Ends the children without waiting for them.
    func killAll() {
        for run in running { run.child.kill() }
        leftovers += running
        running = []
        deferred = []
    }

    private func start(_ collector: Collector, _ uptime: UInt64) {
        if let end = graceEnd(of: collector) {
            if uptime < end { return deferred.append(collector) }
            return fail(collector, "still hangs in the kernel since an earlier poll; look for a dead mount or device")
        }
        do {
            let child = try ChildProcess.fork { Self.answer(of: collector, uptime) }
            running.append(Run(collector: collector, child: child))
        } catch {
            fail(collector, "cannot start a process: \(error.text)")
        }
    }

    /// Until when the collector's last child is waited for; nil where there is none.
    private func graceEnd(of collector: Collector) -> UInt64? {
        for run in leftovers where run.collector === collector { return run.endedAt + Self.graceNanoseconds }
        return nil
    }

    /// Runs in the child.
    private static func answer(of collector: Collector, _ uptime: UInt64) -> [UInt8] {
        var output = SampleOutput()
        var failures: [CollectorFailure] = []
        do {
            try collector.collect(into: &output, uptimeNanoseconds: uptime)
        } catch {
            failures.append(error)
        }
        var writer = ByteWriter(reservingCapacity: 16 + 48 * output.samples.count)
        writer.write(output.samples)
        writer.write(failures)
        return writer.bytes
    }

    private func receive(_ run: Run) {
        var reader = ByteReader(run.answer)
        do throws(WireError) {
            let childSamples = try reader.readSamples()
            failures += try reader.readFailures()
            samples += childSamples
        } catch {
            run.child.kill()
            fail(run.collector, "its process ended without an answer")
        }
    }

    private func giveUp(_ run: Run, _ reason: String) {
        run.child.kill()
        run.child.closePipe()
        fail(run.collector, reason)
    }

    private func fail(_ collector: Collector, _ reason: String) {
        failures.append(collector.failure(reason))
    }
}
