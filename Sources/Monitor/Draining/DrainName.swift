import Synchronization

/// The threads that carry off what the journal holds, or keep it in order.
enum DrainName: Hashable, Sendable, Comparable, CustomStringConvertible {
    case delivery(String)
    case housekeeping
    case summary
    case upkeep
    case database
    case mail

    /// What it did is recorded by the recorder, so it ends before that. The upkeep ends before the drain that ends a
    /// server of our own.
    var isRecorded: Bool {
        switch self {
        case .delivery, .housekeeping, .summary, .upkeep: true
        case .database, .mail: false
        }
    }

    /// The thread's.
    var description: String {
        switch self {
        case .delivery(let name): "to \(name)"
        case .housekeeping: "housekeeping"
        case .summary: "summary"
        case .upkeep: "upkeep"
        case .database: "database"
        case .mail: "mail"
        }
    }
}

/// How to reach the drains that run now; which those are changes with the configuration.
final class DrainSignals: Sendable {
    private let signals = Mutex<[DrainName: DrainSignal]>([:])

    /// A new one, in the place of the one before.
    func make(_ name: DrainName) -> DrainSignal {
        let signal = DrainSignal()
        signals.withLock { $0[name] = signal }
        return signal
    }

    /// There is something to drain; nothing happens where no such drain runs.
    func ring(_ name: DrainName) {
        signals.withLock { $0[name] }?.ring()
    }

    /// None of them shall end later, whatever their deadlines are or will be.
    func hurry(by limit: ContinuousClock.Instant) {
        for signal in signals.withLock({ Array($0.values) }) { signal.hurry(by: limit) }
    }
}
