/// Text of a server or a user made fit for one line of a log.
enum PrintableText {
    /// Control characters become spaces; a longer text ends in `…`.
    static func line(_ text: String, limit: Int) -> String {
        var shown = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            shown.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        return text.unicodeScalars.count > limit ? shown + "…" : shown
    }
}
