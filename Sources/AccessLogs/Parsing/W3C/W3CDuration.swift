/// `time-taken`. The draft has it in seconds with a fraction, which is what CloudFront and WebLogic write; IIS and most
/// others write whole milliseconds. So a decimal point decides, except for `TimeTakenMS`, whose name says it.
enum W3CDuration {
    @inline(__always)
    static func microseconds(_ range: Range<Int>, in line: LineBytes, isMilliseconds: Bool) -> UInt64? {
        if range.isEmpty { return nil }
        if let whole = line.number(in: range) {
            let (microseconds, overflow) = whole.multipliedReportingOverflow(by: 1000)
            return overflow ? nil : microseconds
        }
        return microsecondsOfFraction(range, in: line, unit: isMilliseconds ? 1000 : 1_000_000)
    }

    @inline(never)
    private static func microsecondsOfFraction(_ range: Range<Int>, in line: LineBytes, unit: UInt64) -> UInt64? {
        guard let dot = range.first(where: { line[$0] == .dot }), range.count <= 20 else { return nil }
        guard let whole = dot == range.lowerBound ? 0 : line.number(in: range.lowerBound..<dot) else { return nil }
        var (microseconds, overflow) = whole.multipliedReportingOverflow(by: unit)
        if overflow { return nil }
        var digitValue = unit / 10
        for position in dot + 1..<range.upperBound {
            let digit = line[position] &- .zero
            guard digit <= 9 else { return nil }
            let sum = microseconds.addingReportingOverflow(UInt64(digit) * digitValue)
            if sum.overflow { return nil }
            microseconds = sum.partialValue
            digitValue /= 10
        }
        return microseconds
    }
}
