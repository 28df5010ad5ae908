/// A request of the simulated site. Numbers stand for words of the lists here.
struct SimulatedRequest {
    var visitor: Int
    var method: Int
    var page: Int
    /// Of an article, a user… where the page has one.
    var item: UInt64
    var status: UInt16
    var bytes: UInt64
    var milliseconds: UInt64
    var referrer: Int

    /// The first two only read.
    static let methods: [(permille: Int, name: String)] = [
        (720, "GET"), (20, "HEAD"), (200, "POST"), (35, "PUT"), (15, "DELETE"), (10, "OPTIONS"),
    ]

    /// About one in a hundred is the server's fault, one in twenty the client's.
    static let statuses: [(permille: Int, code: UInt16)] = [
        (868, 200), (20, 201), (6, 204), (14, 301), (10, 302), (34, 304), (4, 400), (7, 401), (5, 403), (22, 404),
        (1, 429),
        (5, 500), (2, 502), (2, 503),
    ]

    static let referrers: [(percent: Int, url: String)] = [
        (68, "-"), (20, "https://www.example.com/"), (7, "https://www.example.com/search?q=sale"),
        (5, "https://news.example.org/"),
    ]

    /// A section of the site.
    struct Section {
        /// Those that end with `=` or `/` get a number.
        let pages: [String]
        /// Whether forms and programs send something there; the others are only read.
        var isWritten = false
    }

    /// The first gets the most requests, the others less and less.
    static let sections = [
        Section(pages: ["/api/user?id=", "/api/orders/", "/api/status", "/api/search?q="], isWritten: true),
        Section(pages: ["/images/logo.png", "/images/banner.jpg", "/images/products/"]),
        Section(pages: ["/products/", "/products?page="]),
        Section(pages: ["/"]),
        Section(pages: ["/static/app.js", "/static/style.css", "/static/fonts/inter.woff2"]),
        Section(pages: ["/search?q="]),
        Section(pages: ["/cart", "/cart/items/"], isWritten: true),
        Section(pages: ["/login"], isWritten: true),
        Section(pages: ["/blog/", "/blog/feed.xml"]),
        Section(pages: ["/users/"], isWritten: true),
        Section(pages: ["/checkout", "/checkout/payment"], isWritten: true),
        Section(pages: ["/help/"]),
        Section(pages: ["/admin/index.php"], isWritten: true),
    ]
}

/// Draws requests as a site of middle size gets them.
struct RequestMix: Sendable {
    static let visitorCount = 4_000

    let visitors: [Visitor]
    /// All sections' pages, and where each section's begin.
    let pages: [[UInt8]]
    private let firstPages: [Int]
    private let isWritten = SimulatedRequest.sections.map(\.isWritten)
    private let methods = WeightedChoice(SimulatedRequest.methods.map(\.permille))
    private let statuses = WeightedChoice(SimulatedRequest.statuses.map(\.permille))
    private let statusCodes = SimulatedRequest.statuses.map(\.code)
    private let referrers = WeightedChoice(SimulatedRequest.referrers.map(\.percent))
    private var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        visitors = Visitor.crowd(Self.visitorCount, random: &random)
        pages = SimulatedRequest.sections.flatMap(\.pages).map { Array($0.utf8) }
        firstPages = SimulatedRequest.sections.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.pages.count) }
    }

    mutating func next() -> SimulatedRequest {
        let section = random.zipf(below: firstPages.count - 1)
        let first = firstPages[section]
        let status = statusCodes[statuses.pick(using: &random)]
        var method = methods.pick(using: &random)
        if method > 1, !isWritten[section] { method = 0 }
        let hasBody = status != 304 && status != 204 && method != 1
        return SimulatedRequest(
            visitor: random.zipf(below: visitors.count),
            method: method,
            page: first + random.index(below: firstPages[section + 1] - first),
            item: random.next() % 10_000,
            status: status,
            bytes: hasBody ? UInt64(random.logNormal(median: 4_000, sigma: 1.4)) + 20 : 0,
            milliseconds: UInt64(random.logNormal(median: 25, sigma: 1.1)),
            referrer: referrers.pick(using: &random)
        )
    }
}
