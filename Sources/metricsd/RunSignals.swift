import Dispatch
import Foundation
import Synchronization

/// Signals as something to wait for: SIGTERM and SIGINT end the daemon, a second one at once; SIGUSR1 asks it to log
/// how punctual it is.
final class RunSignals {
    enum Event {
        case stop, report
        /// Nothing came in the time given.
        case none
    }

    private final class Counter: Sendable {
        let stops = Atomic<Int>(0)
    }

    private let counter = Counter()
    private var sources: [any DispatchSourceSignal] = []
    private let received = DispatchSemaphore(value: 0)

    init() {
        listen(to: SIGUSR1) {}
        for number in [SIGTERM, SIGINT] {
            listen(to: number) { [counter] in
                if counter.stops.add(1, ordering: .relaxed).newValue > 1 { exit(128 + number) }
            }
        }
    }

    private func listen(to number: CInt, _ handler: @escaping @Sendable () -> Void) {
        // The default action would end the program before the source hears of the signal.
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { [received] in
            handler()
            received.signal()
        }
        source.activate()
        sources.append(source)
    }

    /// Blocks until a signal comes, at most for `duration`.
    func wait(for duration: DispatchTimeInterval) -> Event {
        guard received.wait(timeout: .now() + duration) == .success else { return .none }
        return counter.stops.load(ordering: .relaxed) > 0 ? .stop : .report
    }
}
