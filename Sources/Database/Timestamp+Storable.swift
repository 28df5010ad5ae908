package import Wire

extension Timestamp {
    /// What DATETIME holds: the years 1000 to 9999.
    static let storable = Timestamp(milliseconds: -30_610_224_000_000)...Timestamp(milliseconds: 253_402_300_799_999)

    /// The nearest time that a column holds. Times of hosts are foreign: with any other, a sum may overflow.
    package var storable: Timestamp { min(max(self, Self.storable.lowerBound), Self.storable.upperBound) }
}
