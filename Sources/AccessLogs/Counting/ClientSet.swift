/// How many different clients: exact up to 10,000, then estimated with a standard error of 0.81 % (`HyperLogLog`).
///
/// It holds 64-bit hashes (`SipHash.stored`), not names: among 10,000 clients the chance that any two share one is 3 in a
/// trillion. Hashes are the same in every run, so sets of two runs can be merged.
package struct ClientSet: Equatable, Sendable {
    package static let exactLimit = 10_000

    /// Open addressing with linear probing, never more than half full; 0 is a free slot. Empty once there is a sketch.
    private(set) var slots: [UInt64] = []
    private(set) var used = 0
    private(set) var sketch: HyperLogLog?

    package init() {}

    package var isEmpty: Bool { used == 0 && sketch == nil }

    /// Exact as long as `isExact`.
    package var count: UInt64 {
        guard let sketch else { return UInt64(used) }
        // There were that many when the sketch began.
        return max(sketch.estimate, UInt64(Self.exactLimit) + 1)
    }

    package var isExact: Bool { sketch == nil }

    package mutating func insert(_ client: UnsafeRawBufferPointer) {
        insert(hash: SipHash.stored.hash(client))
    }

    /// - Parameter hash: of `SipHash.stored`.
    mutating func insert(hash: UInt64) {
        if sketch != nil {
            sketch?.insert(hash)
            return
        }
        // 0 marks free slots; it shares its place with the hash 1.
        let hash = max(hash, 1)
        let mask = slots.count &- 1
        if mask >= 0 {
            var slot = Self.place(hash) & mask
            while slots[slot] != 0 {
                if slots[slot] == hash { return }
                slot = (slot &+ 1) & mask
            }
        }
        add(hash)
    }

    package mutating func merge(_ other: ClientSet) {
        if let theirs = other.sketch {
            if sketch == nil { becomeSketch() }
            sketch?.merge(theirs)
        } else {
            for hash in other.slots where hash != 0 { insert(hash: hash) }
        }
    }

    package static func == (left: ClientSet, right: ClientSet) -> Bool {
        left.used == right.used && left.sketch == right.sketch && left.sortedHashes == right.sortedHashes
    }

    private var sortedHashes: [UInt64] { slots.filter { $0 != 0 }.sorted() }

    init(_ sketch: HyperLogLog) {
        self.sketch = sketch
    }

    /// Bytes held in memory, about.
    var memory: Int { slots.count * 8 + (sketch == nil ? 0 : HyperLogLog.registerCount) }

    private mutating func add(_ hash: UInt64) {
        guard used < Self.exactLimit else {
            becomeSketch()
            sketch?.insert(hash)
            return
        }
        if (used + 1) * 2 > slots.count { grow() }
        place(hash)
        used += 1
    }

    private mutating func place(_ hash: UInt64) {
        let mask = slots.count &- 1
        var slot = Self.place(hash) & mask
        while slots[slot] != 0 { slot = (slot &+ 1) & mask }
        slots[slot] = hash
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: max(old.count * 2, 16))
        for hash in old where hash != 0 { place(hash) }
    }

    private mutating func becomeSketch() {
        var sketch = HyperLogLog()
        for hash in slots where hash != 0 { sketch.insert(hash) }
        self.sketch = sketch
        slots = []
        used = 0
    }

    /// Another order in every run: with the key of `SipHash.stored`, which anybody can read, clients could be named so that
    /// they all fall on one slot.
    private static func place(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: (hash &* spread) &>> 40)
    }

    private static let spread = UInt64.random(in: .min ... .max) | 1
}
