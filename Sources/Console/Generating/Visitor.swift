/// Somebody who sends requests: an address, and the program that is used there.
struct Visitor: Sendable {
    let address: [UInt8]
    let agent: Int

    /// Programs as they call themselves, beside their share in percent. Most traffic comes from other programs.
    static let agents: [(percent: Int, name: String)] = [
        (18, "okhttp/4.12.0"),
        (18, "python-requests/2.31.0"),
        (12, "curl/7.88.1"),
        (12, "Go-http-client/2.0"),
        (8, "axios/1.6.8"),
        (5, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
        (
            11,
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
        ),
        (
            9,
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
                + "Mobile/15E148 Safari/604.1"
        ),
        (5, "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"),
        (2, "-"),
    ]

    /// So many of them, most by IPv4, of the networks that are kept for examples and private use (RFC 5737, 3849, 1918).
    static func crowd(_ count: Int, random: inout SeededRandom) -> [Visitor] {
        let choice = WeightedChoice(agents.map(\.percent))
        return (0..<count).map { index in
            let number = random.next()
            let address =
                switch number % 20 {
                case 0:
                    "2001:db8:\(String(number >> 8 & 0xffff, radix: 16))::\(String(number >> 24 & 0xfff, radix: 16))"
                case 1...3: "203.0.113.\(number >> 8 & 0xff)"
                case 4...5: "198.51.100.\(number >> 8 & 0xff)"
                default: "10.\(number >> 8 & 0xff).\(number >> 16 & 0xff).\(number >> 24 & 0xff)"
                }
            return Visitor(address: Array(address.utf8), agent: choice.spread(index))
        }
    }
}

/// One of several, each with a weight in whole numbers.
struct WeightedChoice: Sendable {
    private let table: [UInt8]

    init(_ weights: [Int]) {
        table = weights.enumerated().flatMap { [UInt8](repeating: UInt8($0.offset), count: $0.element) }
    }

    /// Spreads the choices over those with an index in their shares from the first few on. The busiest visitors would
    /// otherwise decide what all lines look like.
    func spread(_ index: Int) -> Int {
        Int(table[index * 61 % table.count])
    }

    func pick(using random: inout SeededRandom) -> Int {
        Int(table[random.index(below: table.count)])
    }
}
