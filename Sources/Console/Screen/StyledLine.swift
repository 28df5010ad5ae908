/// How a piece of text looks. Without colours, and where NO_COLOR asks for that, it is all the same.
package struct TextStyle: Equatable, Sendable {
    package enum Color: Int32, Sendable {
        case usual = 0
        case red, green, yellow, cyan
    }

    package var color = Color.usual
    package var isBold = false
    package var isDim = false
    package var isReverse = false

    package static let usual = TextStyle()
    package static let bold = TextStyle(isBold: true)
    package static let dim = TextStyle(isDim: true)
    package static let title = TextStyle(isReverse: true)
    package static let alarm = TextStyle(color: .red, isBold: true)
    package static let good = TextStyle(color: .green)
    package static let warning = TextStyle(color: .yellow)
    package static let accent = TextStyle(color: .cyan)
}

/// A line of the screen, made of pieces that look different.
package struct StyledLine: Equatable, Sendable {
    package struct Piece: Equatable, Sendable {
        package var text: String
        package var style: TextStyle
    }

    package private(set) var pieces: [Piece] = []
    /// Columns that it takes.
    package private(set) var width = 0

    package init(_ text: String = "", _ style: TextStyle = .usual) {
        add(text, style)
    }

    package var text: String { pieces.map(\.text).joined() }

    /// Text with anything but printable characters must be made `printable` before.
    package mutating func add(_ text: String, _ style: TextStyle = .usual) {
        guard !text.isEmpty else { return }
        pieces.append(Piece(text: text, style: style))
        width += text.columns
    }

    /// Spaces up to a column; one at least where it is past it.
    package mutating func pad(to column: Int, _ style: TextStyle = .usual) {
        add(String(repeating: " ", count: max(column - width, width == 0 ? 0 : 1)), style)
    }

    /// For a terminal without UTF-8.
    var ascii: StyledLine {
        var line = StyledLine()
        for piece in pieces { line.add(piece.text.printable(utf8: false), piece.style) }
        return line
    }

    /// Cut to so many columns.
    package func fitted(to columns: Int) -> StyledLine {
        guard width > columns else { return self }
        var line = StyledLine()
        for piece in pieces {
            let room = columns - line.width
            guard piece.text.columns > room else {
                line.add(piece.text, piece.style)
                continue
            }
            line.add(piece.text.fitted(to: room), piece.style)
            break
        }
        return line
    }
}
