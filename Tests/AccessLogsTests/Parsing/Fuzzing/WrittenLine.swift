import Wire

/// A well-formed line, put together from parts that are known, and what reading it has to come to. It is written the
/// plain way: by strings, without a glance at how the parser reads.
struct WrittenLine {
    var text: String
    var expected: ReadLine

    /// A line of the Common or Combined Log Format.
    init(common random: inout some RandomNumberGenerator, isCombined: Bool) {
        let moment = Moment(&random)
        let request = WrittenRequest(&random)
        let client = Self.clients.randomElement(using: &random) ?? ""
        // A host with no client behind it reads as the client: `10.0.0.2 - - -` of a proxy that was given no list.
        let leading = client == "-" ? "" : Self.leading.randomElement(using: &random) ?? ""
        let user = Self.users.randomElement(using: &random) ?? ""
        let status = Self.statuses.randomElement(using: &random) ?? ""
        let bytes = Self.byteCounts.randomElement(using: &random) ?? ""
        let agent = Self.agents.randomElement(using: &random) ?? ""
        text = "\(leading)\(client) - \(user) [\(moment.inCommonForm)] \"\(request.text)\" \(status) \(bytes)"
        if isCombined {
            text += " \"\(Self.referrers.randomElement(using: &random) ?? "")\" \"\(agent)\""
            text += Self.furtherFields.randomElement(using: &random) ?? ""
        }
        expected = ReadLine(
            time: moment.milliseconds,
            status: UInt16(status) ?? 0,
            bytes: UInt64(bytes) ?? 0,
            durationMicroseconds: nil,
            client: client.split(separator: ",").first.map(String.init).flatMap { $0 == "-" ? "" : $0 } ?? "",
            method: request.method,
            target: request.target,
            section: request.section,
            userAgent: isCombined && agent != "-" ? agent : ""
        )
    }

    /// A line of a W3C Extended log with these fields.
    init(w3c random: inout some RandomNumberGenerator, fields: [String]) {
        let moment = Moment(&random)
        let request = WrittenRequest(originForm: &random)
        let path = request.target.isEmpty ? "-" : request.target.replacing(" ", with: "+")
        let client = Self.clients.randomElement(using: &random)?.replacing(", ", with: ",") ?? ""
        let status = Self.statuses.randomElement(using: &random) ?? ""
        let bytes = Self.byteCounts.randomElement(using: &random) ?? ""
        let agent = Self.agents.randomElement(using: &random) ?? ""
        let taken = Int.random(in: 0...100_000, using: &random)
        var values: [String: String] = [
            "date": moment.date, "time": moment.time, "c-ip": client, "cs-uri-stem": path, "sc-status": status,
            "cs-method": request.method.isEmpty ? "-" : request.method, "sc-bytes": bytes,
            "time-taken": "\(taken)", "cs(User-Agent)": agent,
        ]
        var section = request.section.replacing(" ", with: "+")
        text = fields.map { field in
            let value = values[field] ?? "-"
            guard value.isEmpty || value.contains(" ") || Bool.random(using: &random) else { return value }
            let doubled = value.replacing("\"", with: "\"\"")
            values[field] = doubled
            if field == "cs-uri-stem" { section = section.replacing("\"", with: "\"\"") }
            return "\"\(doubled)\""
        }.joined(separator: [" ", "\t", "   "].randomElement(using: &random) ?? " ")
        let logged = values
        func kept(_ field: String) -> String {
            guard fields.contains(field), let value = logged[field], value != "-" else { return "" }
            return value
        }
        expected = ReadLine(
            time: moment.milliseconds,
            status: UInt16(kept("sc-status")) ?? 0,
            bytes: UInt64(kept("sc-bytes")) ?? 0,
            durationMicroseconds: fields.contains("time-taken") ? UInt64(taken) * 1000 : nil,
            client: kept("c-ip"),
            method: kept("cs-method"),
            target: kept("cs-uri-stem"),
            section: kept("cs-uri-stem").isEmpty ? "" : section,
            userAgent: kept("cs(User-Agent)")
        )
    }

    static let clients = [
        "192.0.2.1", "203.0.113.254", "2001:db8::1", "fe80::1%eth0", "client.example.net", "-",
        "203.0.113.9, 10.0.0.1", "203.0.113.9, 10.0.0.1, 10.0.0.2", "a",
    ]
    static let leading = ["", "", "", "www.example.org ", "www.example.org:443 ", "[2001:db8::1]:80 "]
    static let users = [
        "-", "-", "frank", "John Q. Public", "[admin]", #"a\"b"#, "ü", "x [01/Jan/2000:00:00:00 +0000]",
    ]
    static let statuses = ["200", "301", "404", "500", "499", "000", "-", "101", "7"]
    static let byteCounts = ["0", "-", "5", "1234", "18446744073709551615", "00012"]
    static let referrers = ["-", "", "https://www.example.org/a?b=c", #"http://h/\"x\""#, "a b", "[x] "]
    static let agents = [
        "-", "", "curl/8.9.1", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        #"a \"b\" c"#, #"\\"#, #"x\\\""#, "[01/Jan/2000:00:00:00 +0000] ", "日本語", #"\x16\x03"#,
    ]
    static let furtherFields = ["", "", " 17", " \"-\"", " 0.004 \"a\" .", " \"unclosed", "  "]
}

/// A request line and its parts.
struct WrittenRequest {
    var text: String
    var method = ""
    var target = ""
    var section = ""

    init(_ random: inout some RandomNumberGenerator) {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: self.init(malformed: Self.malformed.randomElement(using: &random) ?? "")
        case 1: self.init(method: "OPTIONS", target: "*", section: "*", protocol: " HTTP/1.1")
        case 2: self.init(method: "CONNECT", target: "example.com:443", section: "", protocol: " HTTP/1.1")
        case 3:
            let origin = WrittenRequest(originForm: &random)
            let target = "http://host:80\(origin.target)"
            self.init(method: origin.method, target: target, section: origin.section, protocol: " HTTP/1.1")
        default: self.init(originForm: &random)
        }
    }

    private init(malformed text: String) {
        self.text = text
    }

    static let malformed = ["-", "", "quit", #"\x16\x03\x01"#, "GET", "t3 12.1.2"]

    init(originForm random: inout some RandomNumberGenerator) {
        let segment = Self.segments.randomElement(using: &random) ?? ""
        let rest = Self.rests.randomElement(using: &random) ?? ""
        let isOld = rest.contains(" ") || segment.contains(" ") ? false : Int.random(in: 0..<8, using: &random) == 0
        self.init(
            method: Self.methods.randomElement(using: &random) ?? "",
            target: "/\(segment)\(rest)",
            section: "/\(segment)",
            protocol: isOld
                ? "" : [" HTTP/1.0", " HTTP/1.1", " HTTP/2.0", " HTTP/2"].randomElement(using: &random) ?? ""
        )
    }

    private init(method: String, target: String, section: String, protocol version: String) {
        text = "\(method) \(target)\(version)"
        (self.method, self.target, self.section) = (method, target, section)
    }

    static let methods = ["GET", "POST", "HEAD", "M-SEARCH", "get", "PROPFIND"]
    static let segments = [
        "", "api", "index.html", "%2e%2e", "a b", "é", "a;b=c", #"x\"y"#, #"\x22"#, String(repeating: "s", count: 254),
    ]
    static let rests = ["", "/", "/user/7", "?id=1", "?a=/b/c", "#top", "//x", "/a b?c d"]
}

/// A moment as each format writes it.
private struct Moment {
    let milliseconds: Int64
    let inCommonForm: String
    let date: String
    let time: String

    init(_ random: inout some RandomNumberGenerator) {
        let now: Int64 = 1_795_266_300_000
        let distance: Int64 = [1_000, 90_000, 86_400_000, 1_000_000_000_000].randomElement(using: &random) ?? 0
        milliseconds = (now + Int64.random(in: -distance...distance, using: &random)) / 1000 * 1000
        let offset = [0, 0, 0, 330, -480, 60, 825].randomElement(using: &random) ?? 0
        let local = CalendarTime(Timestamp(milliseconds: milliseconds + Int64(offset) * 60_000))
        let month = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ][local.month - 1]
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        inCommonForm =
            "\(two(local.day))/\(month)/\(local.year):\(two(local.hour)):\(two(local.minute)):\(two(local.second)) "
            + "\(offset < 0 ? "-" : "+")\(two(abs(offset) / 60))\(two(abs(offset) % 60))"
        let utc = CalendarTime(Timestamp(milliseconds: milliseconds))
        date = "\(utc.year)-\(two(utc.month))-\(two(utc.day))"
        time = "\(two(utc.hour)):\(two(utc.minute)):\(two(utc.second))"
    }
}
