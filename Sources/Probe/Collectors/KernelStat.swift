#if !hasFeature(Embedded)
    package import Wire
#endif

/// `/proc/stat` (`man 5 proc`): what the processors did, and how many processes run or wait for a disk.
///
/// Percents of the time between two readings. Busy is all but idle and iowait: a processor that waits for a disk is free
/// for others, one whose time the hypervisor took (steal) is not. Guest time is part of user (`account_guest_time` in the
/// kernel adds it to both) and nice is too; system includes interrupts.
package final class KernelStat: Collector {
    private let busy = Metric(
        "cpu_percent",
        unit: "percent",
        isStandard: true,
        "Time the processors were busy, of all their time."
    )
    private let user = Metric(
        "cpu_user_percent",
        unit: "percent",
        isStandard: true,
        "Processor time spent in programs, niced and guests' included."
    )
    private let system = Metric(
        "cpu_system_percent",
        unit: "percent",
        isStandard: true,
        "Processor time spent in the kernel, interrupts included."
    )
    private let iowait = Metric(
        "cpu_iowait_percent",
        unit: "percent",
        isStandard: true,
        "Processor time idle while a disk was waited for."
    )
    private let steal = Metric(
        "cpu_steal_percent",
        unit: "percent",
        isStandard: true,
        "Processor time that the hypervisor gave to others."
    )
    private let cores = Metric(
        "cpu_percent",
        unit: "percent",
        selector: "cores",
        isStandard: false,
        "Time each processor was busy, of its time."
    )
    private let running = Metric(
        "processes_running",
        unit: "",
        isStandard: true,
        "Processes and threads on a processor or ready for one."
    )
    private let blocked = Metric(
        "processes_blocked",
        unit: "",
        isStandard: true,
        "Processes and threads that wait for a disk to answer."
    )

    private let file: KernelFile
    private var previous: Reading?

    package override var metrics: [Metric] { [busy, user, system, iowait, steal, cores, running, blocked] }
    package override var isRate: Bool { true }

    package init(roots: Roots, buffer: ReadBuffer = ReadBuffer()) {
        file = KernelFile(roots.proc + "/stat", buffer: buffer)
        super.init(name: "stat")
    }

    package override func collect(
        into output: inout SampleOutput,
        uptimeNanoseconds: UInt64
    ) throws(CollectorFailure) {
        guard let text = try file.read(for: self) else { return }
        guard let reading = Self.parse(text, withCores: cores.number != nil) else {
            throw failure("\(file.path) has no complete line 'cpu'")
        }
        defer { previous = reading }
        if let value = reading.running { output.add(running, Double(value)) }
        if let value = reading.blocked { output.add(blocked, Double(value)) }
        guard let previous else { return }

        if let shares = reading.all.shares(since: previous.all) {
            output.add(busy, shares.busy)
            output.add(user, shares.user)
            output.add(system, shares.system)
            output.add(iowait, shares.iowait)
            output.add(steal, shares.steal)
        }
        for (place, core) in reading.cores.enumerated() {
            guard let before = previous.times(ofCore: core.number, expectedAt: place),
                let shares = core.times.shares(since: before)
            else { continue }
            output.add(cores, instance: "cpu\(core.number)", shares.busy)
        }
    }
}

extension KernelStat {
    /// One reading of the file.
    package struct Reading: Equatable {
        package var all: Times
        /// The processors that are online; numbers may be missing between.
        package var cores: [Core] = []
        package var running: UInt64?
        package var blocked: UInt64?

        fileprivate func times(ofCore number: UInt64, expectedAt place: Int) -> Times? {
            if place < cores.count, cores[place].number == number { return cores[place].times }
            for core in cores where core.number == number { return core.times }
            return nil
        }
    }

    package struct Core: Equatable {
        package var number: UInt64
        package var times: Times
    }

    /// Ticks since boot.
    package struct Times: Equatable {
        package var user: UInt64 = 0
        package var nice: UInt64 = 0
        package var system: UInt64 = 0
        package var idle: UInt64 = 0
        package var iowait: UInt64 = 0
        package var interrupts: UInt64 = 0
        package var softInterrupts: UInt64 = 0
        package var steal: UInt64 = 0

        /// The shares of the time since an earlier reading in percent; nil where no time passed.
        ///
        /// iowait is known to go backwards (`man 5 proc`), and so does idle around hotplug: such a counter did not move.
        package func shares(since earlier: Times) -> Shares? {
            let user = moved(earlier.user, user) + moved(earlier.nice, nice)
            let system =
                moved(earlier.system, system) + moved(earlier.interrupts, interrupts)
                + moved(earlier.softInterrupts, softInterrupts)
            let iowait = moved(earlier.iowait, iowait)
            let steal = moved(earlier.steal, steal)
            let busy = user + system + steal
            let total = busy + iowait + moved(earlier.idle, idle)
            guard total > 0 else { return nil }
            // The products are whole numbers, so that a share of all is 100 and not a little more.
            return Shares(
                busy: busy * 100 / total,
                user: user * 100 / total,
                system: system * 100 / total,
                iowait: iowait * 100 / total,
                steal: steal * 100 / total
            )
        }

        private func moved(_ before: UInt64, _ now: UInt64) -> Double {
            now > before ? Double(now - before) : 0
        }
    }

    package struct Shares: Equatable {
        package var busy: Double
        package var user: Double
        package var system: Double
        package var iowait: Double
        package var steal: Double
    }

    /// - Returns: nil where the line of all processors is missing or cut.
    package static func parse(_ text: ByteScanner, withCores: Bool) -> Reading? {
        var text = text
        var all: Times?
        var cores: [Core] = []
        var running: UInt64?
        var blocked: UInt64?
        while var line = text.line() {
            if line.starts(with: "cpu") {
                guard all == nil || withCores, var name = line.field(), name.skip("cpu") else { continue }
                if name.isEmpty {
                    all = times(&line)
                } else if withCores, let number = name.unsigned, let times = times(&line) {
                    cores.append(Core(number: number, times: times))
                }
            } else if line.skip("procs_running ") {
                running = line.number()
            } else if line.skip("procs_blocked ") {
                blocked = line.number()
            }
        }
        guard let all else { return nil }
        return Reading(all: all, cores: cores, running: running, blocked: blocked)
    }

    /// user nice system idle, then what later kernels added: iowait irq softirq steal (guest and guest_nice are in user).
    private static func times(_ line: inout ByteScanner) -> Times? {
        guard let user = line.number(), let nice = line.number(), let system = line.number(), let idle = line.number()
        else { return nil }
        var times = Times(user: user, nice: nice, system: system, idle: counter(idle))
        times.iowait = counter(line.number() ?? 0)
        times.interrupts = line.number() ?? 0
        times.softInterrupts = line.number() ?? 0
        times.steal = line.number() ?? 0
        return times
    }

    /// A counter that fell below zero is printed as a huge one.
    private static func counter(_ printed: UInt64) -> UInt64 {
        printed > UInt64(Int64.max) ? 0 : printed
    }
}
