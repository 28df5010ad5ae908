/// Counts by name, for names that come as bytes of a line: no `String` is made per line.
///
/// Bounded: names are kept until there are `limit` of them (or 8 MiB of names); lines of further names are counted under
/// `otherName`. So the count of each name that is kept is exact, and the sum of all is the number of lines.
package struct NamedCounts: Sendable {
    /// Stands for all names beyond the limit. No section and no method can be named so.
    package static let otherName = "(other)"
    /// Longer names are cut, as in the database's column.
    package static let nameLimit = 255
    private static let nameBytesLimit = 8 << 20

    private struct Entry {
        var hash: UInt64
        var count: UInt64
        var start: UInt32
        var length: UInt32
    }

    package let limit: Int
    /// Lines whose names are beyond the limit.
    package private(set) var other: UInt64 = 0
    private var entries: [Entry] = []
    private var names: [UInt8] = []
    /// The number of an entry and 1, at the place of its hash; 0 is a free slot. Linear probing, at most half full.
    private var slots: [UInt32] = []

    package init(limit: Int) {
        self.limit = limit
    }

    /// Names that are kept.
    package var distinct: Int { entries.count }

    package var isEmpty: Bool { entries.isEmpty && other == 0 }

    package mutating func add(_ name: UnsafeRawBufferPointer, count: UInt64 = 1) {
        let name = name.count <= Self.nameLimit ? name : UnsafeRawBufferPointer(rebasing: name[..<Self.nameLimit])
        add(name, hash: SipHash.ofThisRun.hash(name), count: count)
    }

    package mutating func merge(_ more: NamedCounts) {
        more.names.withUnsafeBytes { names in
            for entry in more.entries {
                let start = Int(entry.start)
                let name = UnsafeRawBufferPointer(rebasing: names[start..<start + Int(entry.length)])
                add(name, hash: entry.hash, count: entry.count)
            }
        }
        other &+= more.other
    }

    /// Names as people read them, each once, those with most hits first, and among equals by name; `otherName` is not among
    /// them.
    package func top(_ count: Int = .max) -> [(name: String, count: UInt64)] {
        var top: [(name: String, count: UInt64)] = []
        var places: [String: Int] = [:]
        var isOrdered = true
        for number in ordered {
            let name = name(of: entries[number])
            // Names that differ in bytes may look the same, such as a control character and one that was logged as `\x1b`.
            if let place = places[name] {
                top[place].count &+= entries[number].count
                isOrdered = false
            } else {
                places[name] = top.count
                top.append((name, entries[number].count))
            }
        }
        if !isOrdered { top.sort { $0.count != $1.count ? $0.count > $1.count : $0.name < $1.name } }
        return top.count <= count ? top : Array(top[..<count])
    }

    private var ordered: [Int] {
        entries.indices.sorted { left, right in
            entries[left].count != entries[right].count
                ? entries[left].count > entries[right].count : isBefore(entries[left], entries[right])
        }
    }

    private mutating func add(_ name: UnsafeRawBufferPointer, hash: UInt64, count: UInt64) {
        let mask = slots.count &- 1
        if mask >= 0 {
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] != 0 {
                let number = Int(slots[slot] &- 1)
                if entries[number].hash == hash, isName(name, of: number) {
                    entries[number].count &+= count
                    return
                }
                slot = (slot &+ 1) & mask
            }
        }
        guard entries.count < limit, names.count + name.count <= Self.nameBytesLimit else {
            other &+= count
            return
        }
        entries.append(
            Entry(hash: hash, count: count, start: UInt32(names.count), length: UInt32(name.count))
        )
        names.append(contentsOf: name)
        if entries.count * 2 > slots.count { grow() } else { place(entries.count - 1) }
    }

    private func isName(_ name: UnsafeRawBufferPointer, of number: Int) -> Bool {
        let entry = entries[number]
        guard Int(entry.length) == name.count else { return false }
        return names.withUnsafeBytes { names in
            let start = Int(entry.start)
            return UnsafeRawBufferPointer(rebasing: names[start..<start + name.count]).elementsEqual(name)
        }
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: max(slots.count * 2, 16))
        for number in entries.indices { place(number) }
    }

    private mutating func place(_ number: Int) {
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: entries[number].hash) & mask
        while slots[slot] != 0 { slot = (slot &+ 1) & mask }
        slots[slot] = UInt32(number + 1)
    }

    private func bytes(of entry: Entry) -> ArraySlice<UInt8> {
        names[Int(entry.start)..<Int(entry.start) + Int(entry.length)]
    }

    private func name(of entry: Entry) -> String {
        ForeignBytes.line(bytes(of: entry), limit: Self.nameLimit)
    }

    private func isBefore(_ left: Entry, _ right: Entry) -> Bool {
        bytes(of: left).lexicographicallyPrecedes(bytes(of: right))
    }
}
