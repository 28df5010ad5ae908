import Synchronization
import Wire

@testable import Monitor

/// A clock that a recorder reads and the test sets; it stands still in between.
final class RecorderClock: Sendable {
    private let reading = Mutex(
        ClockReading(wall: Timestamp(milliseconds: 1_795_197_600_000), running: 0, sinceBoot: 0)
    )

    var now: ClockReading { reading.withLock { $0 } }

    func pass(seconds: Int64) {
        reading.withLock {
            $0.wall.milliseconds += seconds * 1_000
            $0.running += seconds * 1_000
            $0.sinceBoot += seconds * 1_000
        }
    }

    /// Somebody sets the wall clock.
    func set(forwardBy seconds: Int64) {
        reading.withLock { $0.wall.milliseconds += seconds * 1_000 }
    }
}
