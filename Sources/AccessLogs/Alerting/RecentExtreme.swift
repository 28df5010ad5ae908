import Wire

/// The lowest or highest number of late: one is kept for every 10 seconds that had any, for the last few of these.
struct RecentExtreme: Equatable, Sendable {
    enum Kind: Sendable {
        case lowest
        case highest
    }

    private static let slotMilliseconds: Int64 = 10_000

    private let kind: Kind
    private let limit: Int
    private var slots: [(slot: Int64, value: Int64)] = []

    init(_ kind: Kind, of limit: Int) {
        self.kind = kind
        self.limit = limit
    }

    var values: [Int64] { slots.map(\.value) }

    /// nil before the first number.
    var value: Int64? { kind == .lowest ? values.min() : values.max() }

    mutating func note(_ value: Int64, at now: Timestamp) {
        let slot = floorDivide(now.milliseconds, by: Self.slotMilliseconds)
        if let last = slots.last, last.slot == slot {
            slots[slots.count - 1].value = better(last.value, value)
        } else {
            slots.append((slot, value))
            if slots.count > limit { slots.removeFirst() }
        }
    }

    /// Forgets what was before.
    mutating func begin(with values: [Int64]) {
        // Slots that no moment has, so that the next number opens one of its own.
        slots = values.suffix(limit).map { (.min, $0) }
    }

    private func better(_ left: Int64, _ right: Int64) -> Int64 {
        kind == .lowest ? min(left, right) : max(left, right)
    }

    static func == (left: RecentExtreme, right: RecentExtreme) -> Bool { left.values == right.values }
}
