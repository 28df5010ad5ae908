import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

/// A configured command that runs now.
final class CommandRun {
    /// Outputs travel in a frame and lie in the probe's memory until then, whatever the configuration asks for.
    static let outputCeiling = 4 << 20

    let number: UInt16
    let deadline: UInt64
    let child: ChildProcess
    private let startedAt: Timestamp
    private let startUptime: UInt64
    private let outputLimit: Int
    /// Takes the `errno` where the shell could not be executed; ends of -1 are closed.
    private let failurePipe: Int32
    private var output: [UInt8] = []
    private var isTruncated = false

    init(number: UInt16, plan: CommandPlan) throws(ErrorNumber) {
        startedAt = SystemClock.now()
        startUptime = SystemClock.uptimeNanoseconds()
        var ends: (Int32, Int32) = (-1, -1)
        let code = withUnsafeMutableBytes(of: &ends) { probe_pipe($0.baseAddress?.assumingMemoryBound(to: Int32.self)) }
        guard code == 0 else { throw ErrorNumber(code: -code) }
        defer { close(ends.1) }
        do {
            child = try ChildProcess.shell(plan.run, failure: ends.1)
        } catch {
            close(ends.0)
            throw error
        }
        failurePipe = ends.0
        self.number = number
        deadline = startUptime + SystemClock.nanoseconds(milliseconds: plan.deadlineMilliseconds)
        outputLimit = min(Int(plan.outputLimitBytes), Self.outputCeiling)
    }

    deinit { close(failurePipe) }

    /// Takes what the command has printed; what is beyond the limit is read too, so that the command does not block.
    func drain(using buffer: inout [UInt8]) {
        // Bounded, so that one that prints without end does not keep the probe from its other work.
        child.read(limit: 256 << 10, using: &buffer) { bytes in
            let room = outputLimit - output.count
            if bytes.count > room { isTruncated = true }
            output.append(contentsOf: bytes.prefix(room))
        }
    }

    /// The result when the shell has ended, nil while it runs. What it left in its process group is killed.
    func ended(using buffer: inout [UInt8]) -> CommandResult? {
        guard let ending = child.reap() else { return nil }
        drain(using: &buffer)
        switch ending {
        case .signaled(let signal): return result(.signaled, signal)
        case .exited(let status):
            if let code = executionFailure() { return result(.notStarted, code) }
            return result(.exited, status)
        }
    }

    /// The result when the deadline has passed: all processes of the command are killed. It is not reaped yet.
    func timeOut(using buffer: inout [UInt8]) -> CommandResult {
        child.kill()
        drain(using: &buffer)
        child.closePipe()
        return result(.timedOut, SIGKILL)
    }

    private func executionFailure() -> Int32? {
        var code: Int32 = 0
        let size = MemoryLayout<Int32>.size
        let count = withUnsafeMutableBytes(of: &code) { probe_read(failurePipe, $0.baseAddress, size) }
        return count == size ? code : nil
    }

    private func result(_ ending: CommandResult.Ending, _ status: Int32) -> CommandResult {
        let duration = (SystemClock.uptimeNanoseconds() - startUptime) / 1_000_000
        return CommandResult(
            command: number,
            ending: ending,
            status: status,
            startedAt: startedAt,
            durationMilliseconds: UInt32(clamping: duration),
            output: output,
            isTruncated: isTruncated
        )
    }
}
