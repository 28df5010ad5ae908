/// How a rotated file is called: by a number that grows with its age (`access.log.1`, `access.1.log`), or by when it
/// was rotated (`access.log-20261121`, `access-20261121-1763700000.log`), and packed or not (`man 8 logrotate`).
struct RotatedName: Equatable {
    enum Packing {
        case none
        case gzip
        /// Not read here.
        case other

        /// Which of several copies is read first.
        var rank: Int {
            switch self {
            case .none: 0
            case .gzip: 1
            case .other: 2
            }
        }
    }

    enum Order {
        /// The smaller, the newer. `.old` is one.
        case index
        /// The larger, the newer: a date that begins with the year, or seconds since 1970.
        case date
        /// The name does not tell.
        case unknown
    }

    let order: Order
    /// Digits of the number or date without leading zeros or separators.
    let digits: [UInt8]
    let packing: Packing
    /// The name without what the packing added: the same for a file and its packed copy.
    let unpackedName: [UInt8]

    /// - Returns: nil where the name is not made of the log's name in such a way.
    init?(_ name: [UInt8], of log: [UInt8]) {
        (unpackedName, packing) = Self.unpacked(name)
        guard let tag = Self.tag(of: unpackedName, log) else { return nil }
        if tag == Array("old".utf8) {
            (order, digits) = (.index, [0x31])
            return
        }
        guard let first = tag.first, Self.isDigit(first) else { return nil }
        var digits: [UInt8] = []
        for byte in tag {
            if Self.isDigit(byte) {
                digits.append(byte)
            } else if !Self.separators.contains(byte) {
                return nil
            }
        }
        if digits.count == tag.count, tag.count <= 3 {
            order = .index
        } else {
            let century = digits.prefix(2)
            let beginsWithYear = digits.count >= 6 && (century == [0x32, 0x30] || century == [0x31, 0x39])
            order = beginsWithYear || digits.count == 10 ? .date : .unknown
        }
        if order == .index { digits = Array(digits.drop { $0 == 0x30 }) }
        self.digits = digits
    }

    /// Whether it is older by its name than another. Numbers beside dates are taken for what was left behind when dates
    /// took their place.
    func isOlder(than other: RotatedName) -> Bool {
        if (order == .index) != (other.order == .index) { return order == .index }
        switch order {
        case .index:
            if digits.count != other.digits.count { return digits.count > other.digits.count }
            return other.digits.lexicographicallyPrecedes(digits)
        case .date, .unknown:
            return digits.lexicographicallyPrecedes(other.digits)
        }
    }

    // MARK: Parts of a name

    /// `-_.:T`
    private static let separators: [UInt8] = [0x2D, 0x5F, 0x2E, 0x3A, 0x54]

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func unpacked(_ name: [UInt8]) -> ([UInt8], Packing) {
        if let plain = name.without(suffix: ".gz") { return (plain, .gzip) }
        for suffix in [".xz", ".zst", ".bz2", ".lz4", ".Z", ".lzma", ".zip"] as [StaticString] {
            if let plain = name.without(suffix: suffix) { return (plain, .other) }
        }
        return (name, .none)
    }

    /// What stands between the log's name and a separator, or between its stem and its extension.
    private static func tag(of name: [UInt8], _ log: [UInt8]) -> [UInt8]? {
        if let tag = tag(of: name, behind: log, before: []) { return tag }
        guard let dot = log.lastIndex(of: 0x2E), dot > 0 else { return nil }
        return tag(of: name, behind: Array(log[..<dot]), before: Array(log[dot...]))
    }

    private static func tag(of name: [UInt8], behind stem: [UInt8], before ending: [UInt8]) -> [UInt8]? {
        guard name.count > stem.count + 1 + ending.count, name.starts(with: stem),
            name.suffix(ending.count) == ending[...],
            [0x2E, 0x2D, 0x5F].contains(name[stem.count])
        else { return nil }
        return Array(name[(stem.count + 1)..<(name.count - ending.count)])
    }
}

extension Array where Element == UInt8 {
    fileprivate func without(suffix: StaticString) -> [UInt8]? {
        let length = suffix.utf8CodeUnitCount
        guard count > length else { return nil }
        for index in 0..<length where self[count - length + index] != suffix.utf8Start[index] { return nil }
        return Array(prefix(count - length))
    }
}
