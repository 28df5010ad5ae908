/// Numbers as people read them.
package enum NumberText {
    /// `1,234,567`
    package static func count(_ number: UInt64) -> String {
        let digits = String(number)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.utf8.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// `99,999`, `100k`, `1.8M`: for where there is little room.
    package static func short(_ number: UInt64) -> String {
        guard number > 99_999 else { return count(number) }
        var value = Double(number)
        for unit in ["k", "M", "G", "T"] {
            value /= 1_000
            if value < 999.5 || unit == "T" {
                return (value < 9.95 ? decimal(value, 1) : count(UInt64(value.rounded()))) + unit
            }
        }
        return ""
    }

    /// `1 line`, `2 lines`
    package static func count(_ number: UInt64, _ noun: String) -> String {
        "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// `9.8`, `123`, `1,234`: three digits or more.
    package static func rate(_ value: Double) -> String {
        guard value.isFinite, value < 1e15 else { return "-" }
        return value < 99.95 ? decimal(value, 1) : count(UInt64(value.rounded()))
    }

    /// As it was given: `10`, `0.5`.
    package static func exact(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? count(UInt64(max(value, 0))) : "\(value)"
    }

    /// `1.2 %`
    package static func percent(_ part: UInt64, of whole: UInt64) -> String {
        guard whole > 0 else { return "-" }
        let share = Double(part) / Double(whole) * 100
        return part > 0 && share < 0.05 ? "<0.1 %" : "\(decimal(share, 1)) %"
    }

    /// `512 B`, `1.2 MB`: powers of 1,000.
    package static func bytes(_ number: UInt64) -> String { bytes(Double(number)) }

    package static func bytes(_ number: Double) -> String {
        var value = number
        for unit in ["B", "kB", "MB", "GB", "TB", "PB"] {
            if value < 999.5 || unit == "PB" {
                return unit == "B" || value >= 99.95
                    ? "\(Int(value.rounded())) \(unit)" : "\(decimal(value, 1)) \(unit)"
            }
            value /= 1_000
        }
        return ""
    }

    /// `850 µs`, `42 ms`, `1.2 s`
    package static func duration(microseconds: UInt64, utf8: Bool = true) -> String {
        switch microseconds {
        case ..<1_000: "\(microseconds) \(utf8 ? "µ" : "u")s"
        case ..<1_000_000: "\((microseconds + 500) / 1_000) ms"
        default: "\(decimal(Double(microseconds) / 1e6, 1)) s"
        }
    }

    /// `45 s`, `12 min`, `3 h 20 min`
    package static func age(seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        default: "\(seconds / 3_600) h \(seconds / 60 % 60) min"
        }
    }

    private static func decimal(_ value: Double, _ digits: Int) -> String {
        let scale = digits == 1 ? 10 : 100
        let scaled = Int((value * Double(scale)).rounded())
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.utf8.count) + fraction
    }
}
