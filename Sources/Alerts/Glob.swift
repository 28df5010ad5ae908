/// A shell-like pattern over a whole text: `*` is any run of bytes (`/` included), `?` any one character, and a
/// backslash takes the next character as it is. Case counts. Time is bounded by pattern × text, whatever the pattern.
package struct Glob: Hashable, Sendable {
    package let pattern: String
    private let isEverything: Bool

    package init(_ pattern: String) {
        self.pattern = pattern
        isEverything = pattern == "*"
    }

    package func matches(_ text: String) -> Bool {
        isEverything || Glob.match(Array(pattern.unicodeScalars), Array(text.unicodeScalars))
    }

    private static func match(_ pattern: [Unicode.Scalar], _ text: [Unicode.Scalar]) -> Bool {
        var p = 0
        var t = 0
        // Where to go on when a mismatch follows a star: behind the last star, one character further in the text.
        var retry: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == "*" {
                p += 1
                retry = (p, t)
            } else if p < pattern.count, let width = width(at: p, in: pattern, matching: text[t]) {
                p += width
                t += 1
            } else if let last = retry {
                p = last.pattern
                t = last.text + 1
                retry = (p, t)
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == "*" { p += 1 }
        return p == pattern.count
    }

    /// How many scalars of the pattern stand for this one scalar of the text; nil where they differ.
    private static func width(at p: Int, in pattern: [Unicode.Scalar], matching scalar: Unicode.Scalar) -> Int? {
        switch pattern[p] {
        case "?": 1
        case "\\" where p + 1 < pattern.count: pattern[p + 1] == scalar ? 2 : nil
        default: pattern[p] == scalar ? 1 : nil
        }
    }
}
