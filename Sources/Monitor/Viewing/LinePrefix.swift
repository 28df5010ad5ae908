import Journal

/// What stands before the lines of one server on a screen: its name, and the log's where a server has several.
struct LinePrefix {
    /// Widths of the columns; they only grow.
    struct Columns {
        var host = 0
        var log = 0
        var showsLog = false
    }

    /// Colours that can be read on light and dark grounds (ECMA-48 SGR), in an order that tells neighbours apart.
    private static let colors = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94, 91, 31]

    let bytes: [UInt8]

    /// - Parameter color: the server's number, or nil for none.
    init(_ name: LogName, _ columns: Columns, color: Int?) {
        var text = Self.padded(name.host, columns.host)
        if columns.showsLog { text += "  " + Self.padded(name.log, columns.log) }
        if let color { text = "\u{1b}[\(Self.colors[color % Self.colors.count])m\(text)\u{1b}[0m" }
        bytes = Array((text + "  ").utf8)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
