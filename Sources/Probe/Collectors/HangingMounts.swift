import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

/// Looks at filesystems that another machine or a program answers for, each in a child process of its own.
///
/// A call into a dead NFS mount cannot be interrupted, so nothing but the child waits in it. The first poll that meets a
/// dead mount waits `patience` for it; as long as its child hangs no other is started and nobody waits again. The child
/// is the watch, too: it ends when the server is back. It dies with the probe (`man 2 prctl`, PR_SET_PDEATHSIG).
package final class HangingMounts {
    private struct Look {
        var point: [UInt8]
        var process: pid_t
        var answer: Int32
        var begunAt: UInt64
    }

    /// What a poll has learned of one mount.
    enum Answer {
        case space(FilesystemSpace)
        case error(ErrorNumber)
        /// For so many milliseconds.
        case none(UInt64)
    }

    /// How a child looks: the path, and where it gets the pipe's end and the process from. Replaced by tests.
    typealias Starter = (UnsafePointer<CChar>, UnsafeMutablePointer<pid_t>) -> Int32

    private var looks: [Look] = []
    private let patienceMilliseconds: UInt64
    private let start: Starter

    /// - Parameter start: `probe_look` of the shim, or what a test puts in its place.
    init(patienceMilliseconds: UInt64, start: @escaping Starter = { probe_look($0, $1) }) {
        self.patienceMilliseconds = patienceMilliseconds
        self.start = start
    }

    deinit {
        for look in looks {
            kill(look.process, SIGKILL)
            close(look.answer)
            // A process that hangs in the kernel cannot be waited for; it goes to init when this one ends.
            waitpid(look.process, nil, WNOHANG)
        }
    }

    /// Asks for all points at once and waits for new ones at most the patience.
    ///
    /// An answer that came after the last poll had given up is taken now.
    func look(at points: [[UInt8]]) -> [Answer] {
        var answers = [Answer?](repeating: nil, count: points.count)
        dropUnmounted(except: points)
        let now = monotonicMilliseconds()
        for (place, point) in points.enumerated() {
            if let known = looks.firstIndex(where: { $0.point == point }) {
                answers[place] = take(known, waitingMilliseconds: 0) ?? .none(now - looks[known].begunAt)
            } else if let failed = begin(point, at: now) {
                answers[place] = .error(failed)
            }
        }
        let deadline = now + patienceMilliseconds
        for (place, point) in points.enumerated() where answers[place] == nil {
            guard let begun = looks.firstIndex(where: { $0.point == point }) else { continue }
            let instant = monotonicMilliseconds()
            answers[place] =
                take(begun, waitingMilliseconds: instant < deadline ? deadline - instant : 0)
                ?? .none(patienceMilliseconds)
        }
        return answers.map { $0 ?? .none(patienceMilliseconds) }
    }

    private func begin(_ point: [UInt8], at now: UInt64) -> ErrorNumber? {
        var process: pid_t = 0
        let path = point.map { CChar(bitPattern: $0) } + [0]
        let answer = start(path, &process)
        guard answer >= 0 else { return ErrorNumber(code: probe_errno()) }
        looks.append(Look(point: point, process: process, answer: answer, begunAt: now))
        return nil
    }

    /// The answer of a child that has one, and the end of that child; nil where it still hangs.
    private func take(_ place: Int, waitingMilliseconds: UInt64) -> Answer? {
        let look = looks[place]
        var descriptor = pollfd(fd: look.answer, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, Int32(clamping: waitingMilliseconds)) > 0 else { return nil }
        var space = probe_space()
        let length = MemoryLayout<probe_space>.size
        let got = withUnsafeMutableBytes(of: &space) { read(look.answer, $0.baseAddress, length) }
        end(place)
        guard got == length else { return .error(ErrorNumber(code: EIO)) }
        return space.error == 0 ? .space(FilesystemSpace(space)) : .error(ErrorNumber(code: space.error))
    }

    private func dropUnmounted(except points: [[UInt8]]) {
        for place in looks.indices.reversed() where !points.contains(looks[place].point) {
            // It hangs in a mount that is gone from the table; until the kernel lets it go it stays listed.
            if take(place, waitingMilliseconds: 0) == nil { kill(looks[place].process, SIGKILL) }
        }
    }

    private func end(_ place: Int) {
        let look = looks.remove(at: place)
        close(look.answer)
        // It has answered, or died, and is at its very end.
        while waitpid(look.process, nil, 0) < 0, probe_errno() == EINTR {}
    }
}

/// `CLOCK_MONOTONIC` (`man 2 clock_gettime`).
private func monotonicMilliseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
}
