import Foundation
import Synchronization

/// Blocking work on a thread of its own, begun at once.
final class Background<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let done = DispatchSemaphore(value: 0)

    init(_ work: @escaping @Sendable () throws -> Value) {
        Thread { [self] in
            let outcome = Result { try work() }
            result.withLock { $0 = outcome }
            done.signal()
        }.start()
    }

    /// Waits for the work's end.
    func value() throws -> Value {
        guard done.wait(timeout: .now() + 30) == .success, let outcome = result.withLock({ $0 }) else {
            throw POSIXError(.ETIMEDOUT)
        }
        return try outcome.get()
    }
}
