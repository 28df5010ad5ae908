/// A `#Name: value` line of a W3C Extended log.
struct W3CDirective {
    enum Name {
        case fields
        /// `#Date`, or `#Start-Date` of a log that has only that.
        case date
        /// `#Version`, `#Software`, `#Remark`, `#End-Date`, `#GMT-Offset`: nothing that lines are read by. Times are UTC
        /// whatever the offset says.
        case other
    }

    let name: Name
    /// Without the blanks before it.
    let value: Range<Int>

    /// nil for a line that has no directive's form: a letter behind `#`, then letters, hyphens and spaces (`#Time Format`
    /// of Windows) up to a colon.
    init?(_ line: LineBytes) {
        guard line[line.start] == .numberSign else { return nil }
        let colon = line.firstPosition(of: .colon, from: line.start)
        let written = line.start + 1..<colon
        guard colon < line.end, !written.isEmpty, written.count <= 32,
            isLetter(line[written.lowerBound]),
            written.allSatisfy({ isLetter(line[$0]) || line[$0] == .hyphen || line[$0] == .space })
        else { return nil }
        switch line.text(written).lowercased() {
        case "fields": name = .fields
        case "date", "start-date": name = .date
        default: name = .other
        }
        value = line.skippingBlanks(from: colon + 1)..<line.end
    }
}

private func isLetter(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- UInt8(ascii: "a") < 26
}
