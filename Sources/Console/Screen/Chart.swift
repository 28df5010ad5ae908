/// Bars beside each other, as high as there are rows.
package enum Chart {
    private static let blocks: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    /// Three heights that every character set can show.
    private static let ascii: [Character] = [" ", ".", ":", "#"]

    /// - Parameters:
    ///   - values: from the oldest to the newest.
    ///   - top: what fills all rows; nothing is drawn above.
    /// - Returns: rows from the top, each with one character per value.
    package static func rows(_ values: [Double], top: Double, rows: Int, utf8: Bool) -> [[Character]] {
        let steps = utf8 ? blocks : ascii
        let fine = steps.count - 1
        let heights = values.map { value -> Int in
            guard top > 0, value > 0 else { return 0 }
            // Something is shown of whatever is not nothing.
            return max(Int((min(value / top, 1) * Double(rows * fine)).rounded()), 1)
        }
        return (0..<rows).reversed().map { row in
            heights.map { steps[min(max($0 - row * fine, 0), fine)] }
        }
    }

    /// The next round number from which a scale is easily read: 1, 2 or 5 times a power of ten.
    package static func roundTop(_ value: Double) -> Double {
        guard value > 1 else { return 1 }
        var scale = 1.0
        while scale * 10 < value { scale *= 10 }
        return ([1, 2, 5, 10].first { $0 * scale >= value } ?? 10) * scale
    }
}
