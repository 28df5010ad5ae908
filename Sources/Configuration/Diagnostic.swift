/// A place in the configuration file, counted from 1. Columns count Unicode scalars; a tab is one.
package struct SourceLocation: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: SourceLocation, right: SourceLocation) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }

    package var description: String { "\(line):\(column)" }
}

/// One thing to say about the configuration file: where, what, what is allowed, and the nearest match.
///
/// The text never holds the value of a secret, nor the value of an attribute that is not known.
package struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    package enum Severity: String, Sendable {
        case error
        case warning
    }

    /// The path as it was given to `ServerConfiguration.load`.
    package var file: String
    /// Nil where the file as a whole is meant, e.g. because it is missing.
    package var location: SourceLocation?
    package var severity: Severity
    package var what: String
    /// What is allowed instead, or the mend.
    package var allowed: String?
    /// The nearest allowed word.
    package var suggestion: String?

    package init(
        file: String,
        location: SourceLocation?,
        severity: Severity = .error,
        what: String,
        allowed: String? = nil,
        suggestion: String? = nil
    ) {
        self.file = file
        self.location = location
        self.severity = severity
        self.what = what
        self.allowed = allowed
        self.suggestion = suggestion
    }

    /// `server_config.xml:LINE:COLUMN: error: what; what is allowed; did you mean 'x'`
    package var description: String {
        var text = location.map { "\(file):\($0): " } ?? "\(file): "
        text += "\(severity.rawValue): \(what)"
        if let allowed { text += "; \(allowed)" }
        if let suggestion { text += "; did you mean '\(suggestion)'" }
        return Diagnostic.printable(text)
    }

    /// One line whatever the file's own words hold: nothing that moves a terminal's cursor or turns its text around.
    private static func printable(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return text }
        let scalars = text.unicodeScalars.filter {
            switch $0.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }
}

/// Why a configuration file cannot be used: every error in it, with its warnings, in the order of the file.
package struct ConfigurationErrors: Error, Equatable, Sendable, CustomStringConvertible {
    package let diagnostics: [Diagnostic]
    /// As far as the file tells it in spite of its errors.
    package let stateDirectory: String?

    package init(diagnostics: [Diagnostic], stateDirectory: String? = nil) {
        self.diagnostics = diagnostics
        self.stateDirectory = stateDirectory
    }

    /// One diagnostic a line.
    package var description: String {
        diagnostics.map(\.description).joined(separator: "\n")
    }

    /// A file has to be edited first: trying again changes nothing.
    package var isTransient: Bool { false }
}

/// Gathers what is found in one file, so that one run reports all of it.
final class Findings {
    let file: String
    private(set) var diagnostics: [Diagnostic] = []

    init(file: String) {
        self.file = file
    }

    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    func error(at location: SourceLocation?, _ what: String, allowed: String? = nil, suggestion: String? = nil) {
        add(.error, location, what, allowed, suggestion)
    }

    func warning(at location: SourceLocation?, _ what: String, allowed: String? = nil) {
        add(.warning, location, what, allowed, nil)
    }

    /// In the order of the file; what has no place comes first. The same finding is told once, however many hosts
    /// share its cause.
    var sorted: [Diagnostic] {
        var seen: Set<Diagnostic> = []
        let unique = diagnostics.filter { seen.insert($0).inserted }
        let start = SourceLocation(line: 0, column: 0)
        return unique.enumerated()
            .sorted { ($0.element.location ?? start, $0.offset) < ($1.element.location ?? start, $1.offset) }
            .map(\.element)
    }

    private func add(
        _ severity: Diagnostic.Severity,
        _ location: SourceLocation?,
        _ what: String,
        _ allowed: String?,
        _ suggestion: String?
    ) {
        diagnostics.append(
            Diagnostic(
                file: file,
                location: location,
                severity: severity,
                what: what,
                allowed: allowed,
                suggestion: suggestion
            )
        )
    }
}
