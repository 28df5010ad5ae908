/// The patterns of `Glob` over bytes as a log holds them, which need not be UTF-8. Time is bounded by pattern × text.
struct BytePattern: Hashable, Sendable {
    private enum Element: Hashable {
        case byte(UInt8)
        /// One character: a byte with those that continue it in UTF-8.
        case any
        case run
    }

    private let elements: [Element]

    init(_ pattern: String) {
        var elements: [Element] = []
        var isEscaped = false
        for byte in pattern.utf8 {
            switch byte {
            case _ where isEscaped:
                elements.append(.byte(byte))
                isEscaped = false
            case UInt8(ascii: "\\"): isEscaped = true
            case UInt8(ascii: "*"): elements.append(.run)
            case UInt8(ascii: "?"): elements.append(.any)
            default: elements.append(.byte(byte))
            }
        }
        // A backslash at the end has nothing to protect and means itself.
        if isEscaped { elements.append(.byte(UInt8(ascii: "\\"))) }
        self.elements = elements
    }

    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        var p = 0
        var t = 0
        // Where to go on when a mismatch follows a star: behind the last star, one byte further in the text.
        var retry: (pattern: Int, text: Int)?
        while t < text.count {
            if p < elements.count, elements[p] == .run {
                p += 1
                retry = (p, t)
            } else if p < elements.count, elements[p] == .any {
                p += 1
                t += 1
                while t < text.count, text[t] & 0xc0 == 0x80 { t += 1 }
            } else if p < elements.count, elements[p] == .byte(text[t]) {
                p += 1
                t += 1
            } else if let last = retry {
                p = last.pattern
                t = last.text + 1
                retry = (p, t)
            } else {
                return false
            }
        }
        while p < elements.count, elements[p] == .run { p += 1 }
        return p == elements.count
    }
}
