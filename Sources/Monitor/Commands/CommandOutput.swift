/// What a command's output means: the first number printed is its value, and everything behind the first `|` of a line
/// is performance data as Nagios plugins print it.
///
/// Source: Nagios Plugin Development Guidelines, "Plugin Output for Nagios" and "Performance data"
/// (`'label'=value[UOM];[warn];[crit];[min];[max]`).
package struct CommandOutput: Equatable, Sendable {
    package struct PerformanceValue: Equatable, Sendable {
        package var label: String
        package var value: Double
        /// As printed: `s`, `ms`, `%`, `B`, `KB`, `c`…
        package var unit: String
        /// Threshold ranges as printed; empty where absent.
        package var warning: String
        package var critical: String
    }

    /// The first number in the text, or nil when it holds none.
    package var value: Double?
    package var performanceData: [PerformanceValue]

    /// Reads any bytes; what cannot be understood is left out, never an error.
    package init(_ output: [UInt8]) {
        var value: Double?
        var data: [PerformanceValue] = []
        for line in output.split(separator: UInt8(ascii: "\n")) {
            let bar = line.firstIndex(of: UInt8(ascii: "|")) ?? line.endIndex
            if value == nil { value = firstNumber(in: line[..<bar]) }
            if bar < line.endIndex {
                data += performanceValues(in: line[line.index(after: bar)...])
            }
        }
        self.value = value
        performanceData = data
    }
}

/// The first run of digits that is a number of its own: `-` or `+` in front, a fraction and an exponent behind.
/// Digits inside a word (`eth0`, `sda1`) and those of a dotted address (`10.0.0.1`) are not.
private func firstNumber(in text: ArraySlice<UInt8>) -> Double? {
    var index = text.startIndex
    while index < text.endIndex {
        guard isWordByte(text[index]) else {
            index += 1
            continue
        }
        // One word: letters, digits, dots and signs that touch.
        let start = index
        while index < text.endIndex, isWordByte(text[index]) { index += 1 }
        if let number = leadingNumber(of: text[start..<index]) { return number }
    }
    return nil
}

private func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
        UInt8(ascii: "+"), 0x80...:
        true
    default: false
    }
}

/// The number that a word begins with, when what follows is at most a unit (`97%`, `12ms`, `5.`), not a further part.
private func leadingNumber(of word: ArraySlice<UInt8>) -> Double? {
    guard let (number, rest) = numberPrefix(of: word) else { return nil }
    let isUnit = rest.allSatisfy { byte in
        (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z") || byte >= 0x80
    }
    return isUnit || rest.elementsEqual([UInt8(ascii: ".")]) ? number : nil
}

/// Splits `-1.5e3ms` into -1500 and `ms`.
private func numberPrefix(of word: ArraySlice<UInt8>) -> (Double, ArraySlice<UInt8>)? {
    func isDigit(_ at: Int) -> Bool {
        at < word.endIndex && word[at] >= UInt8(ascii: "0") && word[at] <= UInt8(ascii: "9")
    }
    var end = word.startIndex
    if end < word.endIndex, word[end] == UInt8(ascii: "-") || word[end] == UInt8(ascii: "+") { end += 1 }
    let digits = end
    while isDigit(end) { end += 1 }
    let hasWhole = end > digits
    if end < word.endIndex, word[end] == UInt8(ascii: "."), isDigit(end + 1) {
        end += 1
        while isDigit(end) { end += 1 }
    } else if !hasWhole {
        return nil
    }
    if end < word.endIndex, word[end] | 0x20 == UInt8(ascii: "e") {
        var exponent = end + 1
        if exponent < word.endIndex, word[exponent] == UInt8(ascii: "-") || word[exponent] == UInt8(ascii: "+") {
            exponent += 1
        }
        if isDigit(exponent) {
            end = exponent
            while isDigit(end) { end += 1 }
        }
    }
    guard let value = Double(String(decoding: word[word.startIndex..<end], as: UTF8.self)), value.isFinite else {
        return nil
    }
    return (value, word[end...])
}

private func performanceValues(in text: ArraySlice<UInt8>) -> [CommandOutput.PerformanceValue] {
    var values: [CommandOutput.PerformanceValue] = []
    var index = text.startIndex
    let quote = UInt8(ascii: "'")
    let space = UInt8(ascii: " ")
    while index < text.endIndex {
        guard text[index] != space, text[index] != UInt8(ascii: "\t"), text[index] != UInt8(ascii: "\r") else {
            index += 1
            continue
        }
        var label: [UInt8] = []
        if text[index] == quote {
            // A quoted label holds spaces and equals signs; two quotes stand for one.
            index += 1
            while index < text.endIndex {
                if text[index] == quote {
                    guard index + 1 < text.endIndex, text[index + 1] == quote else { break }
                    index += 1
                }
                label.append(text[index])
                index += 1
            }
            if index < text.endIndex { index += 1 }
        } else {
            while index < text.endIndex, text[index] != UInt8(ascii: "="), text[index] != space {
                label.append(text[index])
                index += 1
            }
        }
        let end = text[index...].firstIndex(of: space) ?? text.endIndex
        defer { index = end }
        guard index < end, text[index] == UInt8(ascii: "="), !label.isEmpty else { continue }
        let fields = text[(index + 1)..<end].split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        // `U` says that the value could not be determined: no number, so no value.
        guard let first = fields.first, let (value, unit) = numberPrefix(of: first) else { continue }
        func field(_ at: Int) -> String { fields.count > at ? String(decoding: fields[at], as: UTF8.self) : "" }
        values.append(
            CommandOutput.PerformanceValue(
                label: String(decoding: label, as: UTF8.self),
                value: value,
                unit: String(decoding: unit, as: UTF8.self),
                warning: field(1),
                critical: field(2)
            )
        )
    }
    return values
}
