import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

/// The plan's commands: those that run, and the results that wait for a poll.
final class CommandRuns {
    /// What the results of one snapshot may hold together: far below a frame's limit.
    private static let resultBytesPerSnapshot = 8 << 20

    private let plans: [CommandPlan]
    private let permissions: Permissions
    private var running: [CommandRun] = []
    private var results: [CommandResult] = []
    /// Killed, but not gone yet: the kernel may hold a process that waits for a device.
    private var leftovers: [CommandRun] = []
    private var buffer = [UInt8](repeating: 0, count: 8 << 10)

    init(plans: [CommandPlan], permissions: Permissions) {
        self.plans = plans
        self.permissions = permissions
    }

    var hasResults: Bool { !results.isEmpty }
    var isRunning: Bool { !running.isEmpty }
    var hasChildren: Bool { !running.isEmpty || !leftovers.isEmpty }

    /// Commands of which a result is still to come.
    var pendingCount: UInt16 { UInt16(clamping: running.count + results.count) }

    /// Starts a command, unless it runs already.
    func start(_ number: UInt16) {
        guard Int(number) < plans.count else { return refuse(number, EINVAL) }
        guard permissions.allowsCommand(plans[Int(number)].run) else {
            return refuse(number, RestrictedKey.errorNumber)
        }
        if running.contains(where: { $0.number == number }) { return }
        if leftovers.contains(where: { $0.number == number }) { return refuse(number, EBUSY) }
        do {
            running.append(try CommandRun(number: number, plan: plans[Int(number)]))
        } catch {
            refuse(number, error.code)
        }
    }

    /// The results that one snapshot can carry; the others stay for the next.
    func takeResults() -> [CommandResult] {
        var taken: [CommandResult] = []
        var size = 0
        for result in results {
            size += result.output.count
            if size > Self.resultBytesPerSnapshot, !taken.isEmpty { break }
            taken.append(result)
        }
        results.removeFirst(taken.count)
        return taken
    }

    func prepare(_ wait: inout ReadinessWait) {
        for run in running {
            if run.child.pipe >= 0 { wait.add(run.child.pipe) }
            wait.wake(at: run.deadline)
        }
    }

    /// Reads what was printed, gathers what has ended, and ends what has passed its deadline.
    func advance(after wait: ReadinessWait, now: UInt64) {
        var stillRunning: [CommandRun] = []
        for run in running {
            if run.child.pipe >= 0, wait.isReady(run.child.pipe) { run.drain(using: &buffer) }
            if let result = run.ended(using: &buffer) {
                results.append(result)
            } else if now >= run.deadline {
                results.append(run.timeOut(using: &buffer))
                leftovers.append(run)
            } else {
                stillRunning.append(run)
            }
        }
        running = stillRunning
        leftovers.removeAll { $0.child.reap() != nil }
    }

    /// Ends everything that runs, without waiting for it.
    func killAll() {
        for run in running { run.child.kill() }
        leftovers += running
        running = []
    }

    private func refuse(_ number: UInt16, _ code: Int32) {
        results.append(
            CommandResult(
                command: number,
                ending: .notStarted,
                status: code,
                startedAt: SystemClock.now(),
                durationMilliseconds: 0,
                output: [],
                isTruncated: false
            )
        )
    }
}
