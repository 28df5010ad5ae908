extension AccessLogParser {
    /// How the lines are read, in words for people: "combined with a leading virtual host". For `auto` what the first
    /// lines of the file decided; nil as long as none could be read.
    package var decided: String? {
        guard kinds.count > 0 else { return format == .auto ? nil : format.rawValue }
        let common = kinds.lines.common + kinds.lines.combined
        guard common >= kinds.lines.w3c else {
            return "W3C Extended with \(fields?.roles.count ?? 0) fields"
        }
        let name = kinds.lines.combined >= kinds.lines.common ? "combined" : "common"
        var additions: [String] = []
        // Half of the lines: a single odd one does not make the format.
        if kinds.led * 2 > common { additions.append("a leading virtual host") }
        if kinds.withFurtherFields * 2 > common { additions.append("further fields") }
        return additions.isEmpty ? name : "\(name) with \(additions.joined(separator: " and "))"
    }
}
