import Synchronization

/// Why the rows of the journal do not reach the database, as the drain was last told; nil while they do.
final class DrainTrouble: Sendable {
    private let current = Mutex<String?>(nil)

    var text: String? {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}
