import Dispatch
import Foundation
import Synchronization

/// SIGTERM and SIGINT as something to wait for. A second one ends the program at once.
final class StopSignals {
    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    private var sources: [any DispatchSourceSignal] = []
    private let received = DispatchSemaphore(value: 0)

    init() {
        let counter = Counter()
        for number in [SIGTERM, SIGINT] {
            // The default action would end the program before the source hears of the signal.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [received] in
                if counter.value.add(1, ordering: .relaxed).newValue > 1 { exit(128 + number) }
                received.signal()
            }
            source.activate()
            sources.append(source)
        }
    }

    /// Blocks for `duration`. True once a signal has come.
    func wait(for duration: DispatchTimeInterval) -> Bool {
        received.wait(timeout: .now() + duration) == .success
    }
}
