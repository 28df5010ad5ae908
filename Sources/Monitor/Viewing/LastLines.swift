/// The last lines of many, kept until all have come.
struct LastLines {
    struct Line {
        var time: Int64
        var label: Int
        var bytes: [UInt8]
    }

    private let limit: Int
    private var lines: [Line] = []
    /// Where the oldest is, once there are as many as wanted.
    private var oldest = 0

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { lines.count }

    mutating func append(_ bytes: UnsafeRawBufferPointer, at time: Int64, from label: Int) {
        guard limit > 0 else { return }
        let line = Line(time: time, label: label, bytes: Array(bytes))
        if lines.count < limit {
            lines.append(line)
        } else {
            lines[oldest] = line
            oldest = (oldest + 1) % limit
        }
    }

    var inOrder: [Line] { Array(lines[oldest...] + lines[..<oldest]) }
}
