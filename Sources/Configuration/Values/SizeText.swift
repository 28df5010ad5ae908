/// Sizes as people write them: `512KiB 2GB`, in bytes.
package enum SizeText {
    package static let allowed = "a size is a number with a unit: 800B 512KiB 2GB"

    private static let units: [(suffix: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("TB", 1_000_000_000_000), ("GiB", 1 << 30), ("GB", 1_000_000_000), ("MiB", 1 << 20),
        ("MB", 1_000_000), ("KiB", 1 << 10), ("kB", 1_000), ("KB", 1_000), ("B", 1),
    ]

    /// Nil for anything else: no unit, a sign, a fraction, more than `Int` holds.
    package static func parse(_ text: String) -> Int? {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let suffix = text.dropFirst(digits.count)
        guard !digits.isEmpty, digits.count <= 18,
            let number = Int(text.prefix(digits.count)),
            let unit = units.first(where: { $0.suffix == suffix })
        else { return nil }
        let (bytes, overflows) = number.multipliedReportingOverflow(by: unit.bytes)
        return overflows ? nil : bytes
    }

    /// The shortest text that `parse` reads back.
    package static func format(_ bytes: Int) -> String {
        guard bytes != 0 else { return "0B" }
        for unit in units where bytes % unit.bytes == 0 {
            return "\(bytes / unit.bytes)\(unit.suffix)"
        }
        return "\(bytes)B"
    }
}
