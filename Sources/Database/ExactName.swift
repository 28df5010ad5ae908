/// A name that is the same only byte by byte, as the tables compare them: for a `String` alone, "é" as one character
/// and "é" as e with an accent are equal.
struct ExactName: Hashable {
    var text: String

    init(_ text: String) {
        self.text = text
    }

    static func == (left: ExactName, right: ExactName) -> Bool {
        isSame(left.text, right.text)
    }

    static func isSame(_ left: String, _ right: String) -> Bool {
        var left = left
        var right = right
        return left.withUTF8 { left in right.withUTF8 { right in left.elementsEqual(right) } }
    }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

/// A series of a host: metric and instance.
struct SeriesName: Hashable {
    var metric: ExactName
    var instance: ExactName
}
