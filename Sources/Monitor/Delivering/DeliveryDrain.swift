import Alerts
import Configuration
import Journal
import LogBatches
import Logging
import SSH
import Wire

/// Carries the closed batches of one delivery to its receiver, on a thread with a connection of its own: a receiver that
/// is slow, full or away delays no other.
///
/// The connection is kept while there is work. What became of a batch goes to the recorder, which puts it into the journal
/// together with its row for `log_batches`; until the journal shows it, the batch is left alone. Nothing is given up: what
/// failed three times is `failed`, and tried again every `retry` until it goes.
final class DeliveryDrain {
    /// Batches that are taken from the journal at a time.
    private static let groupSize = 64
    /// Batches that fail together when the receiver is away; those behind them fail with the next try.
    private static let failedAtOnce = 10_000
    /// How soon the journal is asked whether it shows what was reported; less and less often where it does not.
    private static let settling = Duration.milliseconds(50)
    private static let longestSettling = Duration.seconds(1)

    let settings: DeliverySettings
    let journal: Journal
    let logger: Logger
    let report: @Sendable (ServiceReport) -> Void
    let folder: BatchFolder
    let signal: DrainSignal
    let interrupt: Interrupt

    private(set) var receiver: Receiver?
    var retries: DeliveryRetries
    /// What was reported and is not in the journal yet: before and after.
    var reported: [Int64: (old: LogBatch, new: LogBatch)] = [:]
    private var settling = DeliveryDrain.settling
    /// How the recorder was told last that the delivery stands.
    var told: DeliveryCondition?
    /// Said last in the log; the same again is no news.
    var lastCause: String?
    /// Why the last try failed; nil after a delivery.
    var lastReason: String?
    /// Nobody is connected to before.
    var isHeldUntil: ContinuousClock.Instant?
    /// The receiver was away: once it is back, all go that wait for their next try.
    var wasAway = false
    /// They are going: those whose time comes up to this moment, and each once.
    var catchingUp: (until: Timestamp, tried: Set<Int64>)?
    /// What is known about the receiver from earlier connections.
    private var abilities = ReceiverAbilities()
    /// Said in the log already: the receiver does not let us look for rests, or not remove them.
    var keepsRests = false

    /// - Parameters:
    ///   - signal: rings when a batch was closed, and ends the drain.
    ///   - interrupt: once raised, waits for the receiver end at once, and with them `run`.
    ///   - report: called on the drain's thread.
    ///   - firstRetry: after a first failure, and doubled for the next.
    init(
        settings: DeliverySettings,
        journal: Journal,
        folder: BatchFolder,
        signal: DrainSignal,
        interrupt: Interrupt,
        logger: Logger,
        report: @escaping @Sendable (ServiceReport) -> Void,
        firstRetry: Duration = .seconds(5)
    ) {
        self.settings = settings
        self.journal = journal
        self.folder = folder
        self.signal = signal
        self.interrupt = interrupt
        self.logger = logger
        self.report = report
        retries = DeliveryRetries(first: firstRetry, later: settings.retry)
    }

    /// Blocks until the signal says to finish and nothing is due, its deadline has come, or the interrupt is raised.
    func run() {
        defer { disconnect() }
        var hasBegun = false
        while !isOver {
            do {
                if !hasBegun {
                    // What kept the failed ones may be over since.
                    if try tellStanding() { catchingUp = (.now + settings.retry, []) }
                    hasBegun = true
                }
                guard try !carryDue() else { continue }
                if reported.isEmpty { disconnect() }
                guard signal.deadline == nil else { return }
                try tellEndOfFailures()
                signal.wait(for: try untilNext())
            } catch {
                // The journal; what becomes of batches is caught where they are carried.
                say(.error, "\(error)", cause: "\(error)")
                signal.deadline == nil ? signal.pause(for: .seconds(5)) : signal.wait(for: .milliseconds(200))
            }
        }
    }

    var isOver: Bool { signal.isOver || interrupt.isRaised }

    // MARK: Carrying

    /// False when nothing was due.
    private func carryDue() throws -> Bool {
        try forgetRecorded()
        if let isHeldUntil, isHeldUntil > .now { return false }
        let due = try dueBatches()
        guard !due.isEmpty else {
            defer { catchingUp = nil }
            return catchingUp != nil
        }
        guard try connect() else { return true }
        try carry(due)
        return true
    }

    private func dueBatches(
        limit: Int = DeliveryDrain.groupSize,
        withFailed: Bool = true
    ) throws -> [LogBatch] {
        try journal.dueDeliveries(
            of: settings.name,
            now: max(.now, catchingUp?.until ?? .now),
            limit: limit,
            longestRetry: settings.retry * 2,
            withFailed: withFailed,
            except: Set(reported.keys).union(catchingUp?.tried ?? [])
        )
    }

    // MARK: Connecting

    /// False where nobody is there; everything that is due has failed then. What had failed before stays as it is: there
    /// may be a great many, and what is wrong with one of them is still to be read there.
    private func connect() throws -> Bool {
        if receiver != nil { return true }
        do {
            let receiver = try Receiver(connectingTo: settings, interrupt: interrupt, abilities: abilities)
            do {
                try receiver.checkDirectory()
                try settleRests(on: receiver)
            } catch {
                receiver.close()
                throw error
            }
            self.receiver = receiver
            isHeldUntil = nil
            return true
        } catch let error as JournalError {
            throw error
        } catch {
            if interrupt.isRaised { return false }
            wasAway = true
            catchingUp = nil
            let pause = retries.connectionFailed()
            let isRefused = (error as? SSHError)?.wasLoginRefused == true
            isHeldUntil = .now + (isRefused ? max(pause, settings.retry) : pause)
            let due = try dueBatches(limit: Self.failedAtOnce, withFailed: false)
            try tellFailure(due.map { ($0, $0) }, error)
            return false
        }
    }

    func disconnect() {
        guard let receiver else { return }
        abilities = receiver.lastingAbilities
        receiver.close()
        self.receiver = nil
    }

    // MARK: Waiting

    private func untilNext() throws -> Duration {
        if !reported.isEmpty {
            defer { settling = min(settling * 2, Self.longestSettling) }
            return settling
        }
        if let isHeldUntil, isHeldUntil > .now {
            return min(ContinuousClock.now.duration(to: isHeldUntil), .seconds(60))
        }
        guard let next = try journal.nextDelivery(of: settings.name) else { return .seconds(60) }
        return min(.milliseconds(max(next.milliseconds - Timestamp.now.milliseconds, 1)), .seconds(60))
    }

    /// Lets go of what the journal shows by now.
    private func forgetRecorded() throws {
        guard !reported.isEmpty else { return }
        let open = try unrecorded()
        guard open.count < reported.count else { return }
        settling = Self.settling
        reported = reported.filter { open.contains($0.key) }
    }
}
