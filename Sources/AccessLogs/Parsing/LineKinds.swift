/// What `auto` says about a file: the kinds of its first lines that could be read. Lines that could not are no kind, so
/// a file that begins with garbage is decided by what comes behind it.
///
/// It is for people only; each line is read for what it is. After as many unreadable lines in a row as `patience` the
/// file is looked at anew.
struct LineKinds: Equatable {
    enum Kind: Int {
        case common, combined, w3c
    }

    /// As many lines decide.
    static let deciding = 32
    static let patience = 100

    /// By kind.
    private(set) var lines = (common: UInt8(0), combined: UInt8(0), w3c: UInt8(0))
    /// Of the former two.
    private(set) var led: UInt8 = 0
    private(set) var withFurtherFields: UInt8 = 0
    private(set) var unreadInARow: UInt8 = 0

    init() {}

    init(common: UInt8, combined: UInt8, w3c: UInt8, led: UInt8, withFurtherFields: UInt8, unreadInARow: UInt8) {
        lines = (common, combined, w3c)
        self.led = led
        self.withFurtherFields = withFurtherFields
        self.unreadInARow = unreadInARow
    }

    static func == (left: Self, right: Self) -> Bool {
        left.lines == right.lines && left.led == right.led && left.withFurtherFields == right.withFurtherFields
            && left.unreadInARow == right.unreadInARow
    }

    var count: Int { Int(lines.common) + Int(lines.combined) + Int(lines.w3c) }

    @inline(__always)
    mutating func note(_ line: CommonLogLine) {
        unreadInARow = 0
        if count < Self.deciding { add(line) }
    }

    @inline(__always)
    mutating func note(_ kind: Kind) {
        unreadInARow = 0
        if count < Self.deciding { add(kind) }
    }

    mutating func noteUnread() {
        if unreadInARow < Self.patience { unreadInARow += 1 }
        if unreadInARow == Self.patience { self = LineKinds() }
    }

    @inline(never)
    private mutating func add(_ line: CommonLogLine) {
        add(line.tail == .referrerAndAgent ? .combined : .common)
        if !line.prefix.leading.isEmpty { led += 1 }
        if !line.further.isEmpty { withFurtherFields += 1 }
    }

    private mutating func add(_ kind: Kind) {
        switch kind {
        case .common: lines.common += 1
        case .combined: lines.combined += 1
        case .w3c: lines.w3c += 1
        }
    }
}
