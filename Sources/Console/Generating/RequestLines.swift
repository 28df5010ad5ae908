import AccessLogs
import Wire

/// Writes requests as lines of an access log.
struct RequestLines {
    private let format: AccessLogFormat
    private let agents: [[UInt8]]
    private let methods: [[UInt8]]
    private let referrers: [[UInt8]]
    /// The time of the second that was written last, most lines share it with the one before.
    private var second = Int64.min
    private var timeText: [UInt8] = []

    /// - Parameter format: any but `auto`.
    init(_ format: AccessLogFormat) {
        self.format = format
        methods = SimulatedRequest.methods.map { Array($0.name.utf8) }
        referrers = SimulatedRequest.referrers.map { Array($0.url.utf8) }
        // Fields of W3C logs have no spaces; IIS writes a plus sign.
        agents = Visitor.agents.map { $0.name.utf8.map { $0 == 0x20 && format == .w3c ? 0x2b : $0 } }
    }

    /// What stands at the top of each file; empty for most formats.
    func header(at time: Timestamp) -> [UInt8] {
        guard format == .w3c else { return [] }
        let date = time.rfc3339.utf8.prefix(19).map { $0 == UInt8(ascii: "T") ? 0x20 : $0 }
        return Array("#Version: 1.0\n#Software: metricsd generate\n#Date: ".utf8) + date
            + Array("\n#Fields: date time c-ip cs-username cs-method cs-uri-stem cs-uri-query sc-status sc-bytes ".utf8)
            + Array("time-taken cs(User-Agent) cs(Referer)\n".utf8)
    }

    mutating func write(
        _ request: SimulatedRequest,
        of mix: borrowing RequestMix,
        at time: Timestamp,
        to line: inout [UInt8]
    ) {
        let now = time.milliseconds / 1_000
        if now != second {
            second = now
            timeText = text(of: CalendarTime(time))
        }
        if format == .w3c {
            writeW3C(request, of: mix, to: &line)
        } else {
            writeCommon(request, of: mix, to: &line)
        }
    }

    private func text(of time: CalendarTime) -> [UInt8] {
        let clock = [time.hour, time.minute, time.second].map(padded).joined(separator: ":")
        if format == .w3c { return Array("\(time.year)-\(padded(time.month))-\(padded(time.day)) \(clock) ".utf8) }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return Array(" - - [\(padded(time.day))/\(months[time.month - 1])/\(time.year):\(clock) +0000] \"".utf8)
    }

    private func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// `%h %l %u %t "%r" %>s %b`, and for combined `"%{Referer}i" "%{User-agent}i"`
    /// (https://httpd.apache.org/docs/2.4/logs.html#accesslog).
    private func writeCommon(_ request: SimulatedRequest, of mix: borrowing RequestMix, to line: inout [UInt8]) {
        let visitor = mix.visitors[request.visitor]
        line += visitor.address
        line += timeText
        line += methods[request.method]
        line.append(0x20)
        writeTarget(request, of: mix, to: &line)
        line.append(text: " HTTP/1.1\" ")
        line.append(decimal: UInt64(request.status))
        line.append(0x20)
        if request.bytes == 0 { line.append(text: "-") } else { line.append(decimal: request.bytes) }
        if format == .combined {
            line.append(text: " \"")
            line += referrers[request.referrer]
            line.append(text: "\" \"")
            line += agents[visitor.agent]
            line.append(text: "\"")
        }
        line.append(0x0a)
    }

    private func writeW3C(_ request: SimulatedRequest, of mix: borrowing RequestMix, to line: inout [UInt8]) {
        let visitor = mix.visitors[request.visitor]
        line += timeText
        line += visitor.address
        line.append(text: " - ")
        line += methods[request.method]
        line.append(0x20)
        let start = line.count
        writeTarget(request, of: mix, to: &line)
        if let question = line[start...].firstIndex(of: UInt8(ascii: "?")) {
            line[question] = 0x20
        } else {
            line.append(text: " -")
        }
        line.append(0x20)
        line.append(decimal: UInt64(request.status))
        line.append(0x20)
        line.append(decimal: request.bytes)
        line.append(0x20)
        // Seconds, as the draft has it; IIS writes milliseconds.
        line.append(decimal: request.milliseconds / 1_000)
        line.append(UInt8(ascii: "."))
        for divisor in [100, 10, 1] as [UInt64] { line.append(0x30 + UInt8(request.milliseconds / divisor % 10)) }
        line.append(0x20)
        line += agents[visitor.agent]
        line.append(0x20)
        line += referrers[request.referrer]
        line.append(0x0a)
    }

    private func writeTarget(_ request: SimulatedRequest, of mix: borrowing RequestMix, to line: inout [UInt8]) {
        let page = mix.pages[request.page]
        line += page
        let end = page[page.count - 1]
        if page.count > 1, end == UInt8(ascii: "/") || end == UInt8(ascii: "=") { line.append(decimal: request.item) }
    }
}

extension [UInt8] {
    fileprivate mutating func append(text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    fileprivate mutating func append(decimal number: UInt64) {
        var divisor: UInt64 = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(0x30 + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}
