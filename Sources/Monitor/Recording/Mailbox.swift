import Synchronization

/// Where host threads, and those who carry batches, put their reports for the recorder: many producers, one consumer,
/// bounded.
///
/// The recorder wakes for the first report and takes what has come in a short window with it, so that a thousand hosts
/// cost ten transactions a second and not a thousand.
final class Mailbox: Sendable {
    /// What came, each once. Whatever was posted before something else is taken before it or with it.
    struct Taken: Sendable {
        var services: [ServiceReport] = []
        var reports: [HostReport] = []
        /// Behind the reports of the hosts as they were.
        var reconfigurations: [Reconfiguration] = []

        var isEmpty: Bool { services.isEmpty && reports.isEmpty && reconfigurations.isEmpty }
    }

    private struct State {
        var taken = Taken()
        /// Of what logs brought, about.
        var logBytes = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let wakeUp = WakeUp()
    private let limit: Int

    private static let logBytesLimit = 64 << 20

    /// - Parameter limit: reports that may wait; beyond it hosts skip polls (`hasRoom`).
    init(limit: Int = 20_000) {
        self.limit = limit
    }

    /// False while the recorder cannot keep up (the journal's disk is full): a poll would find no place.
    var hasRoom: Bool {
        state.withLock { $0.taken.reports.count < limit && $0.logBytes < Self.logBytesLimit }
    }

    func post(_ report: ServiceReport) {
        state.withLock { $0.taken.services.append(report) }
        wakeUp.ring()
    }

    func post(_ reconfiguration: Reconfiguration) {
        state.withLock { $0.taken.reconfigurations.append(reconfiguration) }
        wakeUp.ring()
    }

    func post(_ report: HostReport) {
        let isFirst = state.withLock { state in
            state.taken.reports.append(report)
            if case .logRead(let advance) = report.event { state.logBytes += advance.bytes }
            return state.taken.reports.count == 1
        }
        if isFirst { wakeUp.ring() }
    }

    /// No more reports will come: the consumer gets what is there, then nil.
    func close() {
        state.withLock { $0.isClosed = true }
        wakeUp.ring()
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Blocks for `duration`, or until the mailbox is closed.
    func waitUntilClosed(for duration: Duration) {
        let deadline = ContinuousClock.now + duration
        while !isClosed, ContinuousClock.now < deadline { wakeUp.wait(until: deadline) }
    }

    /// Blocks until something is there, the mailbox is closed or `deadline` has passed. After the first report of a host it
    /// waits `window` for those that come with it. Empty when nothing came; nil when closed and empty.
    func take(until deadline: ContinuousClock.Instant, window: Duration) -> Taken? {
        let begin = state.withLock { (isEmpty: $0.taken.isEmpty, isClosed: $0.isClosed) }
        if begin.isEmpty, !begin.isClosed { wakeUp.wait(until: deadline) }
        let windowEnd = ContinuousClock.now + window
        while ContinuousClock.now < windowEnd, state.withLock({ !$0.isClosed && !$0.taken.reports.isEmpty }) {
            wakeUp.wait(until: windowEnd)
        }
        return state.withLock { state in
            if state.taken.isEmpty { return state.isClosed ? nil : Taken() }
            let taken = state.taken
            state.taken = Taken()
            state.logBytes = 0
            state.taken.reports.reserveCapacity(min(taken.reports.count, 1_024))
            return taken
        }
    }
}
