import Wire

extension AccessLogParser {
    /// The directives with which another parser reads on where this one stands: `#Fields`, and `#Date` for lines of a time
    /// only. Empty before the first `#Fields`.
    package var header: [UInt8] { header(for: nil) }

    /// - Parameter windowStart: where the lines to be read begin, in milliseconds since 1970. It dates lines of a time only
    ///   better than the newest line does: a window never goes past midnight.
    func header(for windowStart: Int64?) -> [UInt8] {
        guard let fields else { return [] }
        var header = Array("#Fields: ".utf8)
        header.reserveCapacity(fields.text.count + 48)
        header += fields.text
        header.append(0x0A)
        guard !fields.hasDate, let moment = windowStart ?? clock.newest else { return header }
        let time = CalendarTime(Timestamp(milliseconds: moment))
        let digits = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        header += Array("#Date: \(time.year)-\(digits(time.month))-\(digits(time.day)) ".utf8)
        header += Array("\(digits(time.hour)):\(digits(time.minute)):\(digits(time.second))\n".utf8)
        return header
    }
}
