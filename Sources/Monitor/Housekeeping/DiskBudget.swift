import Alerts
import Synchronization

/// Whether there is room for more lines, shared by all threads that write batch files.
///
/// There is none when the files take as much as `max-disk` allows, or when little is left of the file system: the journal
/// lies there too, and without it nothing could be delivered or removed any more. Lines then wait on their hosts. It goes
/// on when there is clearly room again, so that it does not stop and start with every file.
final class DiskBudget: Sendable {
    enum Level: Equatable, Sendable {
        case roomy
        /// 90 % of `max-disk` are reached.
        case nearlyFull
        /// `max-disk` is reached.
        case full
        /// The file system has less left than the journal may need.
        case shortOfSpace
    }

    private struct State {
        var budget: UInt64?
        /// As the journal had it, and what was noted since.
        var used: UInt64 = 0
        /// Noted since `refresh` before the last one: some of it may not have been in the journal yet.
        var noted: UInt64 = 0
        /// Noted since the file system was asked.
        var unseen: UInt64 = 0
        var space: FileSystemSpace?
        var level = Level.roomy
        /// Of the level, as it was when it was reached: the same words as long as it lasts, since each change is told.
        var reason = ""
        /// Nil before the first.
        var told: Level?

        func isReached(percent: UInt64) -> Bool {
            guard let budget else { return false }
            // In this order nothing overflows; a budget below 100 bytes is reached at once.
            return used >= budget / 100 * percent
        }
    }

    /// What stays free for the journal.
    static let leastFree: UInt64 = 256 << 20
    /// Bytes that may be written before the file system is asked again.
    private static let unseenLimit: UInt64 = 16 << 20

    private let leastFree: UInt64
    private let look: @Sendable () -> FileSystemSpace?
    private let state = Mutex(State())
    private let isOpen = Atomic<Bool>(true)

    /// - Parameters:
    ///   - leastFree: pulling stops when less is free; 2 % of the file system where that is more.
    ///   - look: asks the file system of the state directory.
    init(
        budget: UInt64?,
        stateDirectory: String,
        leastFree: UInt64 = DiskBudget.leastFree,
        look: (@Sendable () -> FileSystemSpace?)? = nil
    ) {
        self.leastFree = leastFree
        self.look = look ?? { FileSystemSpace(of: stateDirectory) }
        state.withLock { state in
            state.budget = budget
            state.space = self.look()
            settle(&state)
        }
    }

    /// `max-disk`; nil without one.
    var budget: UInt64? {
        get { state.withLock { $0.budget } }
        set {
            state.withLock { state in
                state.budget = newValue
                settle(&state)
            }
        }
    }

    /// Whether more lines may be taken from hosts. Costs nothing.
    var mayPull: Bool { isOpen.load(ordering: .relaxed) }

    /// Why no lines may be taken, with the mend; nil while they may.
    var reasonToWait: String? {
        guard !mayPull else { return nil }
        let reason = state.withLock { $0.reason }
        return "\(reason); lines wait on their hosts. Make room, or raise max-disk"
    }

    /// Whether it is the file system that has no room.
    var isShortOfSpace: Bool { state.withLock { $0.level == .shortOfSpace } }

    /// What the files take, at least.
    var used: UInt64 { state.withLock { $0.used } }

    var space: FileSystemSpace? { state.withLock { $0.space } }

    /// So many bytes were appended to a batch file.
    func note(appended bytes: UInt64) {
        state.withLock { state in
            state.used = state.used.addingWithoutOverflow(bytes)
            state.noted = state.noted.addingWithoutOverflow(bytes)
            state.unseen = state.unseen.addingWithoutOverflow(bytes)
            if state.unseen >= Self.unseenLimit {
                state.unseen = 0
                state.space = look()
            }
            settle(&state)
        }
    }

    /// Looks again.
    ///
    /// - Parameter stored: what the journal's files take now. What is being recorded at this moment is not in it yet, so
    ///   what was noted since the last time counts beside it until the next.
    /// - Returns: what is to be told, when that has changed since the last time, and the first time.
    func refresh(stored: UInt64) -> ServiceEvent? {
        state.withLock { state in
            state.used = stored.addingWithoutOverflow(state.noted)
            state.noted = 0
            state.unseen = 0
            state.space = look()
            settle(&state)
            guard state.told != state.level else { return nil }
            state.told = state.level
            return .diskUse(
                bytes: state.used,
                budget: state.budget,
                isStopped: !mayPull,
                reason: state.reason
            )
        }
    }

    private func settle(_ state: inout State) {
        let former = state.level
        defer {
            if state.level != former || state.reason.isEmpty {
                state.reason = Self.reason(
                    state.level,
                    used: state.used,
                    budget: state.budget,
                    space: state.space,
                    leastFree: leastFree
                )
            }
        }
        let wasShort = state.level == .shortOfSpace
        let wasFull = state.level == .full
        let wasNearlyFull = state.level != .roomy
        if let space = state.space, isShort(space, wasShort: wasShort) {
            state.level = .shortOfSpace
        } else if state.isReached(percent: wasFull ? 95 : 100) {
            state.level = .full
        } else if state.isReached(percent: wasNearlyFull ? 85 : 90) {
            state.level = .nearlyFull
        } else {
            state.level = .roomy
        }
        isOpen.store(state.level == .roomy || state.level == .nearlyFull, ordering: .relaxed)
    }

    /// It takes a quarter more than what stops to go on.
    private func isShort(_ space: FileSystemSpace, wasShort: Bool) -> Bool {
        let least = max(leastFree, space.total / 50)
        return space.free < (wasShort ? least + least / 4 : least)
    }
}

extension UInt64 {
    fileprivate func addingWithoutOverflow(_ other: UInt64) -> UInt64 {
        let (sum, isTooMuch) = addingReportingOverflow(other)
        return isTooMuch ? .max : sum
    }
}
