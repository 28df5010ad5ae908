extension String {
    /// Columns that it takes on a terminal.
    var columns: Int {
        var sum = 0
        for scalar in unicodeScalars { sum += scalar.columns }
        return sum
    }

    /// At most so many columns of it, the last of which says that it was cut.
    package func fitted(to limit: Int) -> String {
        guard columns > limit else { return self }
        guard limit > 1 else { return String(repeating: "~", count: max(limit, 0)) }
        var kept = String.UnicodeScalarView()
        var width = 0
        for scalar in unicodeScalars {
            guard width + scalar.columns < limit else { break }
            kept.append(scalar)
            width += scalar.columns
        }
        return String(kept) + "~"
    }

    /// Text from a log, safe to show: a control character or what moves the text's direction could write over the rest of
    /// the screen. Without UTF-8 in the terminal also all that is not ASCII.
    package func printable(utf8: Bool = true) -> String {
        guard unicodeScalars.contains(where: { !$0.isPrintable(utf8: utf8) }) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.isPrintable(utf8: utf8) ? $0 : "?" }))
    }
}

extension Unicode.Scalar {
    /// Of East Asian Width (Unicode Standard Annex 11) what takes two columns, roughly; marks take none.
    fileprivate var columns: Int {
        switch value {
        case ..<0x300: return 1
        case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
            0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
            return 2
        default: break
        }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return 1
        }
    }

    fileprivate func isPrintable(utf8: Bool) -> Bool {
        if value < 0x7f { return value >= 0x20 }
        guard utf8 else { return false }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: return false
        default: return true
        }
    }
}
