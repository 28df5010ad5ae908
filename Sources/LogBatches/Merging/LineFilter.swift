import Glibc

/// Which lines are wanted: those in a time, and with all of some texts in them. Texts are bytes, whatever the encoding.
package struct LineFilter: Sendable {
    /// From and before, in milliseconds since 1970 by the server's clock.
    package var times: Range<Int64>
    private let texts: [[UInt8]]
    private let ignoresCase: Bool

    /// - Parameter ignoresCase: of the letters a…z.
    package init(times: Range<Int64> = .min..<(.max), texts: [String] = [], ignoresCase: Bool = false) {
        self.times = times
        self.ignoresCase = ignoresCase
        self.texts = texts.filter { !$0.isEmpty }.map { text in
            ignoresCase ? text.utf8.map(Self.lowercased) : Array(text.utf8)
        }
    }

    package var hasTexts: Bool { !texts.isEmpty }

    @inline(__always)
    package func wants(_ line: UnsafeRawBufferPointer, at time: Int64) -> Bool {
        guard time >= times.lowerBound, time < times.upperBound else { return false }
        return texts.isEmpty || hasTexts(line)
    }

    private func hasTexts(_ line: UnsafeRawBufferPointer) -> Bool {
        texts.allSatisfy { text in
            text.withUnsafeBytes { ignoresCase ? Self.hasLowercased($0, in: line) : Self.has($0, in: line) }
        }
    }

    /// memmem(3) is a GNU function that Swift's Glibc leaves out.
    private static func has(_ text: UnsafeRawBufferPointer, in line: UnsafeRawBufferPointer) -> Bool {
        // A text is not empty.
        guard let base = line.baseAddress, let wanted = text.baseAddress, line.count >= text.count else { return false }
        let last = line.count - text.count
        var start = 0
        while start <= last, let found = memchr(base + start, Int32(text[0]), last - start + 1) {
            if memcmp(found, wanted, text.count) == 0 { return true }
            start = UnsafeRawPointer(found) - base + 1
        }
        return false
    }

    private static func hasLowercased(_ text: UnsafeRawBufferPointer, in line: UnsafeRawBufferPointer) -> Bool {
        guard line.count >= text.count else { return false }
        let first = text[0]
        for start in 0...(line.count - text.count) where lowercased(line[start]) == first {
            var length = 1
            while length < text.count, lowercased(line[start + length]) == text[length] { length += 1 }
            if length == text.count { return true }
        }
        return false
    }

    @inline(__always)
    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }
}
