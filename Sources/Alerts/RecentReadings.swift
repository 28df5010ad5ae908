import Wire

/// The newest values of a series, at most `Alert.recentLimit`, in a buffer that is written in place.
struct RecentReadings: Sendable {
    private var readings: [AlertReading] = []
    /// Where the oldest one lies once the buffer is full.
    private var start = 0

    init() {}

    init(restoring readings: [AlertReading]) {
        self.readings = Array(readings.suffix(Alert.recentLimit))
    }

    mutating func append(_ reading: AlertReading) {
        guard readings.count == Alert.recentLimit else {
            if readings.isEmpty { readings.reserveCapacity(Alert.recentLimit) }
            readings.append(reading)
            return
        }
        readings[start] = reading
        start = start + 1 == Alert.recentLimit ? 0 : start + 1
    }

    /// Oldest first.
    var ordered: [AlertReading] {
        Array(readings[start...] + readings[..<start])
    }
}
