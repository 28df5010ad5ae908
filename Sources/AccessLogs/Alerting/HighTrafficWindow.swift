package import Wire

/// Hits by the second over the last hour at most, of which windows that slide by the second are taken.
package struct HighTrafficWindow: Equatable, Sendable {
    package static let longestSeconds = 3_600

    /// Seconds that are kept: the longest window, and a minute for lines that come late.
    private let span: Int
    /// The newest second that was added to; nothing before the first.
    private var newest: Int64?
    /// Hits of the second s at s modulo `span`, for the `span` seconds up to `newest`.
    private var hits: [UInt32]

    /// - Parameter longestSeconds: of the windows that will be asked for; bounded to 1…3600.
    package init(longestSeconds: Int) {
        span = min(max(longestSeconds, 1), Self.longestSeconds) + 60
        hits = [UInt32](repeating: 0, count: span)
    }

    /// Seconds that are already behind all windows count nowhere.
    package mutating func add(_ count: UInt64, at second: Int64) {
        guard let newest else {
            self.newest = second
            hits[place(second)] = UInt32(clamping: count)
            return
        }
        if second > newest {
            if second - newest >= Int64(span) {
                hits = [UInt32](repeating: 0, count: span)
            } else {
                for passed in newest + 1...second { hits[place(passed)] = 0 }
            }
            self.newest = second
        } else if newest - second >= Int64(span) {
            return
        }
        hits[place(second)] = UInt32(clamping: UInt64(hits[place(second)]) + min(count, UInt64(UInt32.max)))
    }

    /// Hits in the `windowSeconds` seconds that end with `second`.
    package func level(windowSeconds: Int, at second: Int64) -> TrafficLevel {
        let length = min(max(windowSeconds, 1), span - 60)
        var sum: UInt64 = 0
        if let newest {
            let first = max(second - Int64(length) + 1, newest - Int64(span) + 1)
            let last = min(second, newest)
            if first <= last {
                for second in first...last { sum += UInt64(hits[place(second)]) }
            }
        }
        return TrafficLevel(windowSeconds: length, second: Timestamp(milliseconds: second * 1_000), hits: sum)
    }

    /// After a step of the clock that all seconds are told by.
    package mutating func move(by seconds: Int64) {
        guard let newest else { return }
        let old = self
        hits = [UInt32](repeating: 0, count: span)
        self.newest = newest + seconds
        for age in 0..<Int64(span) { hits[place(newest + seconds - age)] = old.hits[old.place(newest - age)] }
    }

    private func place(_ second: Int64) -> Int {
        let rest = Int(second % Int64(span))
        return rest < 0 ? rest + span : rest
    }
}

extension HighTrafficWindow {
    package func encode(into writer: inout ByteWriter) {
        writer.write(newest != nil)
        guard let newest else { return }
        writer.write(newest)
        let seconds = (0..<Int64(span)).map { newest - $0 }
        writer.writeCount(seconds.count { hits[place($0)] > 0 })
        for (age, second) in seconds.enumerated() where hits[place(second)] > 0 {
            writer.writeVarint(UInt64(age))
            writer.writeVarint(hits[place(second)])
        }
    }

    /// - Parameter longestSeconds: may be another than it was written with; what is older is left out.
    package init(from reader: inout ByteReader, longestSeconds: Int) throws(WireError) {
        self.init(longestSeconds: longestSeconds)
        guard try reader.readBool() else { return }
        let newest = try reader.readInt64()
        // Seconds are added to and subtracted from it.
        guard newest.magnitude < 1 << 50 else { throw .malformedNumber }
        self.newest = newest
        for _ in 0..<(try reader.readCount(ofAtLeast: 2)) {
            let age = try reader.readVarint()
            let count = try reader.readVarint(as: UInt32.self)
            if age < UInt64(span) { hits[place(newest - Int64(age))] = count }
        }
    }
}
