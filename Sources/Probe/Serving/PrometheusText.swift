/// The Prometheus text exposition format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
package struct PrometheusText {
    package private(set) var text = ""

    package init() {}

    /// Opens a metric: all its values must follow before the next one.
    package mutating func begin(_ name: String, unit: String, description: String) {
        let help = Self.escape(description, quotes: false)
        text += "# HELP \(name) \(help)\(unit.isEmpty ? "" : " Unit: \(unit).")\n# TYPE \(name) gauge\n"
    }

    package mutating func add(_ name: String, instance: String, _ value: Double) {
        text += name
        if !instance.isEmpty { text += "{instance=\"\(Self.escape(instance, quotes: true))\"}" }
        text += " \(Self.number(value))\n"
    }

    private static func escape(_ text: String, quotes: Bool) -> String {
        var escaped: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): escaped += [byte, byte]
            case UInt8(ascii: "\n"): escaped += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            case UInt8(ascii: "\"") where quotes: escaped += [UInt8(ascii: "\\"), byte]
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    private static func number(_ value: Double) -> String {
        // Whole numbers without a fraction, as far as a Double counts exactly.
        if value == value.rounded(.towardZero), value.magnitude < 9e15 { return "\(Int64(value))" }
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }
}
