import AccessLogs
import Wire

/// A server that writes a log, and a reader that follows it, both by clocks that the test moves.
struct FollowedLog {
    /// Seconds since 1970 by the true time.
    private(set) var now: Int64
    /// What the server's clock is off, and what ours is.
    var serverOffset: Int64 = 0
    var ourOffset: Int64 = 0
    /// The server's writer keeps lines for as many seconds.
    var flushSeconds: Int64 = 0
    /// What is written takes as long to be there.
    var deliverySeconds: Int64 = 0
    var readSeconds: Int64 = 5
    var isReachable = true
    /// Lines that stand between the others in each read, with the time they claim.
    var oddTimes: [Int64] = []

    private(set) var reader: LogReader
    private(set) var alert: HighTrafficAlert
    private(set) var changes: [HighTrafficAlert.Change] = []
    private(set) var written: UInt64 = 0
    private(set) var counted: UInt64 = 0
    private var buffered = ""
    private var linesInBuffer: UInt64 = 0
    private var underway: [(due: Int64, text: String, lines: UInt64)] = []
    private var file = ""
    private var stored: [Timestamp: OpenWindow] = [:]
    private let window: Duration

    init(startingAt now: Int64, threshold: Double = 10, window: Duration = .seconds(120)) {
        self.now = now
        self.window = window
        reader = Self.reader(window)
        alert = HighTrafficAlert(threshold: threshold, windowSeconds: Int(window.components.seconds))
        read()
    }

    private static func reader(_ window: Duration) -> LogReader {
        LogReader(format: .auto, levelWindows: [window], counting: .windows)
    }

    /// Lets time pass with this much traffic in each second.
    mutating func pass(_ seconds: Int64, hitsPerSecond: Int) {
        for _ in 0..<seconds {
            for _ in 0..<hitsPerSecond { buffered += LogLine(second: now + serverOffset).combined }
            linesInBuffer += UInt64(hitsPerSecond)
            now += 1
            if flushSeconds == 0 || now % flushSeconds == 0 {
                underway.append((now + deliverySeconds, buffered, linesInBuffer))
                buffered = ""
                linesInBuffer = 0
            }
            if deliverySeconds == 0 { for place in underway.indices { underway[place].due = now } }
            for piece in underway where piece.due <= now {
                file += piece.text
                written += piece.lines
            }
            underway.removeAll { $0.due <= now }
            if isReachable, now % readSeconds == 0 { read() }
        }
    }

    /// As after a kill: only what was stored is left.
    mutating func restart() throws {
        let state = reader.encodeState()
        reader = Self.reader(window)
        try reader.resume(from: state, windows: Array(stored.values))
    }

    /// When it changed, in seconds behind a moment of the true time.
    func changeSeconds(behind start: Int64) -> [Int64] {
        changes.map { $0.level.second.milliseconds / 1_000 - start }
    }

    private mutating func read() {
        let arrival = Timestamp(milliseconds: (now + ourOffset) * 1_000 + 250)
        for time in oddTimes {
            file += LogLine(second: time).combined
            written += 1
        }
        Array(file.utf8).withUnsafeBytes { reader.read($0, file: 1, arrival: arrival) }
        file = ""
        reader.endRead(at: arrival, isAtEnd: true)
        let reading = reader.takeReading()
        counted += reading.deltas.reduce(0) { $0 + $1.hits }
        for window in reading.windows { stored[window.start] = window }
        for level in reading.levels {
            if let change = alert.observe(level) { changes.append(change) }
        }
    }
}
