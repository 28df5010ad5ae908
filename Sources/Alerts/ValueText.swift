/// Values and durations as people read them.
package enum ValueText {
    /// `97.2 %`, `11.2 GiB`, `3.4 MiB/s`, `71.5 °C`, `12`: rounded, with the unit.
    /// - Parameter distinctFrom: a threshold that the rounded text must not look equal to.
    package static func short(_ value: Double, unit: String, distinctFrom threshold: Double? = nil) -> String {
        var decimals = 1
        var text = short(value, unit: unit, decimals: decimals)
        if let threshold, threshold != value {
            while decimals < 4, text == short(threshold, unit: unit, decimals: decimals) {
                decimals += 1
                text = short(value, unit: unit, decimals: decimals)
            }
        }
        return text
    }

    /// The rounded text, and behind it the number itself where the rounding hides it: `11.2 GiB (12025908428 bytes)`.
    package static func full(_ value: Double, unit: String, distinctFrom threshold: Double? = nil) -> String {
        let text = short(value, unit: unit, distinctFrom: threshold)
        guard unit.hasPrefix("bytes") || unit == "seconds" else { return text }
        return "\(text) (\(NumberText.exact(value)) \(unit))"
    }

    /// A threshold as its configuration has it, without `%`; sizes and durations are made readable: `90`, `5.0 GiB`.
    package static func threshold(_ value: Double, unit: String) -> String {
        unit.hasPrefix("bytes") || unit == "seconds" ? short(value, unit: unit) : NumberText.exact(value)
    }

    /// A threshold in a sentence: `90 %`.
    static func thresholdWithUnit(_ value: Double, unit: String) -> String {
        switch unit {
        case "percent": "\(NumberText.exact(value)) %"
        case "celsius": "\(NumberText.exact(value)) °C"
        case "requests per second": "\(NumberText.exact(value)) requests/s"
        case "bytes", "bytes per second", "seconds": full(value, unit: unit)
        default: unit.isEmpty ? NumberText.exact(value) : "\(NumberText.exact(value)) \(unit)"
        }
    }

    /// `45 s`, `12 min`, `1 h 5 min`, `3 d 4 h`: at most two units, rounded down.
    package static func duration(milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds) / 1_000
        switch seconds {
        case 0: return milliseconds > 0 ? "under 1 s" : "0 s"
        case ..<60: return "\(seconds) s"
        case ..<3_600: return "\(seconds / 60) min"
        case ..<86_400: return "\(seconds / 3_600) h" + rest(seconds % 3_600 / 60, "min")
        default: return "\(seconds / 86_400) d" + rest(seconds % 86_400 / 3_600, "h")
        }
    }

    private static func rest(_ count: Int64, _ unit: String) -> String {
        count == 0 ? "" : " \(count) \(unit)"
    }

    private static func short(_ value: Double, unit: String, decimals: Int) -> String {
        switch unit {
        case "percent": return "\(NumberText.fixed(value, decimals: decimals)) %"
        case "celsius": return "\(NumberText.fixed(value, decimals: decimals)) °C"
        case "bytes": return bytes(value, decimals: decimals)
        case "bytes per second": return bytes(value, decimals: decimals) + "/s"
        case "requests per second": return "\(NumberText.fixed(value, decimals: decimals)) requests/s"
        case "seconds" where abs(value) >= 60 && abs(value) < 1e15:
            return (value < 0 ? "-" : "") + duration(milliseconds: Int64(abs(value) * 1_000))
        case "seconds": return "\(trimmed(value, decimals: decimals + 1)) s"
        default:
            let number = trimmed(value, decimals: decimals + 1)
            return unit.isEmpty ? number : "\(number) \(unit)"
        }
    }

    private static func bytes(_ value: Double, decimals: Int) -> String {
        guard abs(value) >= 1_024 else { return "\(trimmed(value, decimals: decimals)) B" }
        var scaled = value
        var unit = ""
        for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] where abs(scaled) >= 1_024 {
            scaled /= 1_024
            unit = next
        }
        return "\(NumberText.fixed(scaled, decimals: decimals)) \(unit)"
    }

    /// Without zeros at the end: counts are whole numbers.
    private static func trimmed(_ value: Double, decimals: Int) -> String {
        var text = NumberText.fixed(value, decimals: decimals)
        guard text.contains(".") else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}
