import Wire

extension BatchName {
    enum Piece: Equatable, Sendable {
        case text(String)
        case value(Value)
        /// Of the window's first second.
        case time([TimeToken])
        /// Of its last.
        case lastTime([TimeToken])
        case part
    }

    enum Value: String, CaseIterable, Sendable {
        case prefix, host, log, address
    }

    enum TimeToken: Equatable, Sendable {
        case field(TimeField)
        case separator(String)

        func text(of time: CalendarTime) -> String {
            switch self {
            case .separator(let text): text
            case .field(.year): BatchName.digits(time.year, 4)
            case .field(.shortYear): BatchName.digits(time.year, 2)
            case .field(.month): BatchName.digits(time.month, 2)
            case .field(.day): BatchName.digits(time.day, 2)
            case .field(.hour): BatchName.digits(time.hour, 2)
            case .field(.minute): BatchName.digits(time.minute, 2)
            case .field(.second): BatchName.digits(time.second, 2)
            }
        }

        var width: Int {
            switch self {
            case .separator(let text): text.utf8.count
            case .field(let field): field.rawValue.utf8.count
            }
        }
    }

    /// Longer ones before those that they begin with.
    enum TimeField: String, CaseIterable, Sendable {
        case year = "yyyy"
        case shortYear = "yy"
        case month = "MM"
        case day = "dd"
        case hour = "HH"
        case minute = "mm"
        case second = "ss"
    }

    private static let known =
        "{prefix}, {host}, {log}, {address}, {part}, and times of yyyy, yy, MM, dd, HH, mm and ss like {yyMMddHH} and "
        + "{mm-mm}"

    /// What a value that is cut keeps at least: some characters of its own, and the hash.
    static let shortestValue = 12
    /// `-` and ten digits.
    private static let partWidth = 11

    package init(_ pattern: String) throws(Invalid) {
        guard !pattern.isEmpty else {
            throw Invalid(description: "the name is empty; the default is \(Self.standardPattern)")
        }
        guard pattern.utf8.first != UInt8(ascii: ".") else {
            throw Invalid(description: "the name begins with a dot, which hides the file; let it begin with {prefix}")
        }
        guard !pattern.hasSuffix(".gz") else {
            throw Invalid(
                description: "the name ends in .gz, which metricsd adds itself to what it compresses; leave it out"
            )
        }
        var pieces: [Piece] = []
        var rest = Substring(pattern)
        while let first = rest.first {
            if first == "{" {
                guard let end = rest.firstIndex(of: "}") else {
                    throw Invalid(description: "the field \"\(rest)\" has no }; the fields are \(Self.known)")
                }
                let field = rest[rest.index(after: rest.startIndex)..<end]
                pieces += try Self.pieces(of: field)
                rest = rest[rest.index(after: end)...]
            } else {
                let text = rest.prefix { $0 != "{" }
                try Self.check(text)
                pieces.append(.text(String(text)))
                rest = rest[text.endIndex...]
            }
        }
        var fileExtension = ""
        if case .text(let text)? = pieces.last, let dot = text.lastIndex(of: ".") {
            fileExtension = String(text[dot...])
            pieces[pieces.count - 1] = .text(String(text[..<dot]))
        }
        self.pieces = pieces
        self.fileExtension = fileExtension
        // Without {part}, further parts get one behind the name.
        let partWidths = Self.partWidth * max(pieces.count { $0 == .part }, 1)
        let length = pieces.reduce(fileExtension.utf8.count + partWidths) { $0 + $1.leastWidth }
        guard length <= Self.lengthLimit else {
            throw Invalid(
                description: "the name is too long: its files may have at most \(Self.lengthLimit) bytes, and it has "
                    + "\(length) with short values; leave something out"
            )
        }
    }

    private static func check(_ text: Substring) throws(Invalid) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "/":
                throw Invalid(description: "the name has a slash; it is a file's name, without folders")
            case "}":
                throw Invalid(description: "the name has a } without its {; the fields are \(known)")
            case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-", "+", "=", ",", "@", "~", "%": continue
            default:
                let shown =
                    scalar.properties.isAlphabetic || scalar.properties.isEmoji || (0x20..<0x7F).contains(scalar.value)
                    ? "\"\(scalar)\"" : "the character U+\(String(scalar.value, radix: 16, uppercase: true))"
                throw Invalid(description: "the name has \(shown); use letters, digits and . _ - + = , @ ~ %")
            }
        }
    }

    private static func pieces(of field: Substring) throws(Invalid) -> [Piece] {
        if field == "part" { return [.part] }
        if let value = Value(rawValue: String(field)) { return [.value(value)] }
        if let tokens = timeTokens(field) {
            // Twice the same, with `-` between.
            let half = tokens.count / 2
            if tokens.count % 2 == 1, half > 0, tokens[half] == .separator("-"),
                tokens[..<half] == tokens[(half + 1)...]
            {
                return [.time(Array(tokens[..<half])), .text("-"), .lastTime(Array(tokens[..<half]))]
            }
            return [.time(tokens)]
        }
        throw Invalid(description: "unknown field {\(field)}; the fields are \(known)")
    }

    private static func timeTokens(_ field: Substring) -> [TimeToken]? {
        var tokens: [TimeToken] = []
        var rest = field
        while let first = rest.first {
            if let field = TimeField.allCases.first(where: { rest.hasPrefix($0.rawValue) }) {
                tokens.append(.field(field))
                rest = rest.dropFirst(field.rawValue.count)
            } else if !tokens.isEmpty, rest.count > 1, "-_.T".contains(first) {
                tokens.append(.separator(String(first)))
                rest = rest.dropFirst()
            } else {
                return nil
            }
        }
        return tokens.isEmpty ? nil : tokens
    }

    /// The last digits of a number; years before 0 do not come.
    fileprivate static func digits(_ number: Int, _ width: Int) -> String {
        let digits = "\(abs(number))"
        return String(repeating: "0", count: max(width - digits.count, 0)) + digits.suffix(width)
    }
}

extension BatchName.Piece {
    fileprivate var leastWidth: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .time(let tokens), .lastTime(let tokens): tokens.reduce(0) { $0 + $1.width }
        case .value: BatchName.shortestValue
        // Counted for all pieces together.
        case .part: 0
        }
    }
}
