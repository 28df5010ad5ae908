import Dispatch
import Foundation
import Monitor
import Synchronization

/// Signals as something to wait for: SIGTERM and SIGINT end the daemon; one more, a second later, ends it at once. SIGUSR2
/// has it read its configuration again, and SIGHUP too, except where a terminal is there to be closed: it ends it then.
/// SIGUSR1 asks it to log how punctual it is.
final class RunSignals {
    enum Event {
        case stop, report, reload
        /// Nothing came in the time given.
        case none
    }

    /// Signals that came and were not told yet; several of a kind are one.
    private final class Requests: Sendable {
        let reload = Atomic<Bool>(false)
        let report = Atomic<Bool>(false)
    }

    private final class Stops: Sendable {
        let first = Mutex<ContinuousClock.Instant?>(nil)
        let action = Mutex<(@Sendable () -> Void)?>(nil)
    }

    /// A closed window and an impatient hand send several signals at once, and mean one.
    private static let onePress = Duration.seconds(1)

    private let stops = Stops()
    private let requests = Requests()
    private var sources: [any DispatchSourceSignal] = []
    private let received = DispatchSemaphore(value: 0)

    init() {
        listen(to: SIGUSR1) { [requests] in requests.report.store(true, ordering: .releasing) }
        listenForReload(ReloadRequest.signal)
        for number in [SIGTERM, SIGINT] { listenForStop(number) }
        if isatty(STDIN_FILENO) == 1 || isatty(STDOUT_FILENO) == 1 {
            // Who starts the program with SIGHUP ignored (man 1 nohup) wants it to outlive the terminal.
            var action = sigaction()
            sigaction(SIGHUP, nil, &action)
            let handler = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)  // SIG_IGN is number 1
            if handler != 1 { listenForStop(SIGHUP) }
        } else {
            listenForReload(SIGHUP)
        }
    }

    /// Does something on a thread of the system's when the first stop comes, at once where it already has.
    func whenStopped(_ action: @escaping @Sendable () -> Void) {
        stops.action.withLock { $0 = action }
        if isStopped { action() }
    }

    /// Ends the daemon as a signal would.
    var stop: @Sendable () -> Void {
        { [stops, received] in
            stops.first.withLock { $0 = $0 ?? .now }
            received.signal()
        }
    }

    var isStopped: Bool { stops.first.withLock { $0 } != nil }

    private func listenForReload(_ number: CInt) {
        listen(to: number) { [requests] in requests.reload.store(true, ordering: .releasing) }
    }

    private func listenForStop(_ number: CInt) {
        listen(to: number) { [stops] in
            let now = ContinuousClock.now
            let first = stops.first.withLock { first in
                defer { first = first ?? now }
                return first
            }
            guard let first else { return stops.action.withLock { $0 }?() ?? () }
            if now - first > Self.onePress { exit(128 + number) }
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
        if isStopped { return .stop }
        if requests.reload.exchange(false, ordering: .acquiringAndReleasing) { return .reload }
        return requests.report.exchange(false, ordering: .acquiringAndReleasing) ? .report : .none
    }
}
