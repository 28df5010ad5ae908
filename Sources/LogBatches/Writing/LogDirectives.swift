/// The `#` lines of a log that say how the lines behind them are to be read (W3C Extended Log File Format, "Directives").
enum LogDirectives {
    /// More of them are not kept.
    static let limit = 32 << 10

    /// Those in force at an offset of a piece that begins behind a header: of each name the last one.
    static func inForce(_ header: [UInt8], and bytes: UnsafeRawBufferPointer, before offset: Int) -> [UInt8] {
        let passed = UnsafeRawBufferPointer(rebasing: bytes[..<offset])
        var lines: [(name: ArraySlice<UInt8>, line: ArraySlice<UInt8>)] = []
        add(directives(of: passed), to: &lines, first: directives(of: header))
        var kept: [UInt8] = []
        for (_, line) in lines where kept.count + line.count < limit {
            kept += line
            kept.append(UInt8(ascii: "\n"))
        }
        return kept
    }

    private static func add(
        _ directives: [ArraySlice<UInt8>],
        to lines: inout [(name: ArraySlice<UInt8>, line: ArraySlice<UInt8>)],
        first: [ArraySlice<UInt8>]
    ) {
        for line in first + directives {
            let name = line.prefix { $0 != UInt8(ascii: ":") }
            lines.removeAll { $0.name.elementsEqual(name) }
            lines.append((name, line))
        }
    }

    private static func directives(of header: [UInt8]) -> [ArraySlice<UInt8>] {
        header.split(separator: UInt8(ascii: "\n")).filter { $0.first == UInt8(ascii: "#") }
    }

    /// At most `limit` of them: a log of nothing else is none.
    private static func directives(of bytes: UnsafeRawBufferPointer) -> [ArraySlice<UInt8>] {
        var found: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        while start < bytes.endIndex, found.count < 256 {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
            if bytes[start] == UInt8(ascii: "#"), end - start <= 8 << 10 {
                found.append(Array(bytes[start..<end])[...])
            }
            start = end + 1
        }
        return found
    }
}
