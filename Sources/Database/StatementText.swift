import Wire

/// A statement under construction: bytes in memory that is kept from statement to statement.
final class StatementText {
    /// Owned: allocated here, freed in `deinit`. A plain pointer, because a poll appends hundreds of small pieces.
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0

    /// The last day that was written, and its ten characters.
    private var cachedDay: CalendarDay?
    private var cachedDate: (UInt64, UInt16) = (0, 0)

    init(capacity: Int = 64 << 10) {
        self.capacity = capacity
        start = .allocate(capacity: capacity)
    }

    deinit { start.deallocate() }

    /// Valid until the next append.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    func removeAll() { count = 0 }

    /// Takes back the last bytes.
    func removeLast(_ bytes: Int) { count -= min(bytes, count) }

    private func reserve(_ additional: Int) {
        guard count + additional > capacity else { return }
        capacity = max(capacity * 2, count + additional)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: start, count: count)
        start.deallocate()
        start = larger
    }

    func append(_ text: StaticString) {
        text.withUTF8Buffer { append($0) }
    }

    func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        (start + count).update(from: source, count: bytes.count)
        count += bytes.count
    }

    func append(_ byte: UInt8) {
        reserve(1)
        start[count] = byte
        count += 1
    }

    // MARK: - Numbers

    func append(_ number: Int64) {
        reserve(20)
        if number < 0 {
            start[count] = UInt8(ascii: "-")
            count += 1
        }
        var rest = number.magnitude
        var digits = 1
        var bound = rest
        while bound >= 10 {
            bound /= 10
            digits += 1
        }
        var position = count + digits
        count = position
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            position -= 1
            start[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
            rest = quotient
        } while rest != 0
    }

    /// The shortest text that is read back as the same value; `NULL` for what is not finite.
    func append(_ value: Double) {
        // Beyond 2^53 not every whole number is a Double, and the digits say more than is known.
        if value.magnitude < 9_007_199_254_740_992, let whole = Int64(exactly: value) {
            append(whole)
        } else if value.isFinite {
            var digits = value.description
            digits.withUTF8 { append($0) }
        } else {
            append("NULL")
        }
    }

    // MARK: - Times

    /// `'2026-11-20 18:51:27.123'`; outside of the years 1000 to 9999, which `DATETIME` has, their first or last moment.
    func append(_ time: Timestamp) {
        let milliseconds = time.storable.milliseconds
        let day = CalendarDay(of: time.storable)
        let rest = milliseconds - day.daysSince1970 * 86_400_000
        if day != cachedDay { cacheDate(of: day) }
        reserve(25)
        let target = start + count
        target[0] = UInt8(ascii: "'")
        withUnsafeBytes(of: cachedDate) {
            // The tuple has at least ten bytes, so it has an address.
            UnsafeMutableRawPointer(target + 1).copyMemory(from: $0.baseAddress!, byteCount: 10)
        }
        target[11] = UInt8(ascii: " ")
        let second = Int(rest / 1_000)
        let fraction = Int(rest % 1_000)
        Self.put(second / 3_600, at: target + 12)
        target[14] = UInt8(ascii: ":")
        Self.put(second / 60 % 60, at: target + 15)
        target[17] = UInt8(ascii: ":")
        Self.put(second % 60, at: target + 18)
        target[20] = UInt8(ascii: ".")
        target[21] = UInt8(ascii: "0") + UInt8(fraction / 100)
        Self.put(fraction % 100, at: target + 22)
        target[24] = UInt8(ascii: "'")
        count += 25
    }

    /// Two digits.
    private static func put(_ number: Int, at target: UnsafeMutablePointer<UInt8>) {
        target[0] = UInt8(ascii: "0") + UInt8(number / 10)
        target[1] = UInt8(ascii: "0") + UInt8(number % 10)
    }

    private func cacheDate(of day: CalendarDay) {
        let (year, month, dayOfMonth) = day.parts
        withUnsafeMutableBytes(of: &cachedDate) { target in
            // The tuple has at least ten bytes, so it has an address.
            let text = target.baseAddress!.assumingMemoryBound(to: UInt8.self)
            Self.put(year / 100, at: text)
            Self.put(year % 100, at: text + 2)
            text[4] = UInt8(ascii: "-")
            Self.put(month, at: text + 5)
            text[7] = UInt8(ascii: "-")
            Self.put(dayOfMonth, at: text + 8)
        }
        cachedDay = day
    }

    // MARK: - Texts

    /// In quotes, escaped for a session with `sql_mode` as `MySQLConnection` sets it; `NULL` for nil.
    func append(quoted text: String?) {
        guard var text else {
            append("NULL")
            return
        }
        text.withUTF8 { bytes in
            reserve(2 * bytes.count + 2)
            var end = start + count
            func put(_ byte: UInt8) {
                end.pointee = byte
                end += 1
            }
            put(UInt8(ascii: "'"))
            for byte in bytes {
                switch byte {
                case 0:
                    put(UInt8(ascii: "\\"))
                    put(UInt8(ascii: "0"))
                case UInt8(ascii: "'"), UInt8(ascii: "\\"):
                    put(UInt8(ascii: "\\"))
                    put(byte)
                default:
                    put(byte)
                }
            }
            put(UInt8(ascii: "'"))
            count = end - start
        }
    }
}
