/// What a client configuration of OpenSSH says (man 5 ssh_config), as far as metricsd honours it.
///
/// A pure value: files are handed in. For each setting the first value counts whose `Host` matches; of `IdentityFile`,
/// all of them do. Nothing in such a file is an error here: what is not honoured is listed.
struct OpenSSHConfiguration: Sendable {
    /// A host's settings, as they stand there: tokens are not expanded.
    struct Host: Equatable, Sendable {
        var hostName: String?
        var port: UInt16?
        var user: String?
        var identityFiles: [String] = []
        var proxyJump: String?
    }

    /// A line that has no effect here.
    struct Ignored: Equatable, Sendable {
        var file: String
        var line: Int
        var what: String
    }

    private struct Setting: Sendable {
        /// All of them have to match; more than one within included files.
        var conditions: [HostPatterns]
        var keyword: String
        var value: String
    }

    private static let depthLimit = 16
    private static let includesLimit = 1_000
    private static let settingsLimit = 100_000
    private static let ignoredLimit = 1_000
    private static let honoured: Set<String> = ["hostname", "port", "user", "identityfile", "proxyjump"]

    private var settings: [Setting] = []
    private var includes = 0
    private(set) var ignored: [Ignored] = []

    /// - Parameter include: the files that a pattern of `Include` names, in order, with what is in them.
    init(_ text: [UInt8], file: String, include: (_ pattern: String) -> [(file: String, text: [UInt8])]) {
        read(text, file, within: [], depth: 0, include)
    }

    /// What holds for a host, by the name it is called by.
    func host(_ name: String) -> Host {
        var host = Host()
        for setting in settings where setting.conditions.allSatisfy({ $0.match(name) }) {
            switch setting.keyword {
            case "hostname": host.hostName = host.hostName ?? setting.value
            case "port": host.port = host.port ?? UInt16(setting.value)
            case "user": host.user = host.user ?? setting.value
            case "proxyjump": host.proxyJump = host.proxyJump ?? setting.value
            default: host.identityFiles.append(setting.value)
            }
        }
        return host
    }

    // MARK: Reading

    private mutating func read(
        _ text: [UInt8],
        _ file: String,
        within outer: [HostPatterns],
        depth: Int,
        _ include: (String) -> [(file: String, text: [UInt8])]
    ) {
        var conditions = outer
        for (index, bytes) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard let line = OpenSSHLine(bytes) else {
                ignore(file, index + 1, "a line that cannot be read")
                continue
            }
            guard let value = line.values.first else {
                if !line.keyword.isEmpty { ignore(file, index + 1, "\(line.name) without a value") }
                continue
            }
            switch line.keyword {
            case "host": conditions = outer + [HostPatterns(line.values)]
            case "match":
                // What follows holds under conditions that are not looked at.
                conditions = outer + [.none]
                ignore(file, index + 1, line.name)
            case "include":
                guard depth < Self.depthLimit else {
                    ignore(file, index + 1, "\(line.name), nested more than \(Self.depthLimit) deep")
                    continue
                }
                for pattern in line.values {
                    for found in include(pattern) {
                        // Files that include each other twice would be read without end.
                        guard includes < Self.includesLimit else {
                            ignore(file, index + 1, "\(line.name), more than \(Self.includesLimit) files in all")
                            break
                        }
                        includes += 1
                        read(found.text, found.file, within: conditions, depth: depth + 1, include)
                    }
                }
            case let keyword where Self.honoured.contains(keyword):
                guard settings.count < Self.settingsLimit, Self.isUsable(value, for: keyword) else {
                    ignore(file, index + 1, "\(line.name) with this value")
                    continue
                }
                settings.append(Setting(conditions: conditions, keyword: keyword, value: value))
            default: ignore(file, index + 1, line.name)
            }
        }
    }

    private static func isUsable(_ value: String, for keyword: String) -> Bool {
        switch keyword {
        case "port": UInt16(value).map { $0 > 0 } ?? false
        case "user": JumpText.isUser(value)
        case "proxyjump": JumpText(parsing: value) != nil
        case "hostname": AddressText.isAddress(value.replacing("%h", with: "h").replacing("%%", with: "%"))
        default: !value.isEmpty && !value.unicodeScalars.contains { $0.value < 0x20 }
        }
    }

    private mutating func ignore(_ file: String, _ line: Int, _ what: String) {
        guard ignored.count < Self.ignoredLimit else { return }
        ignored.append(Ignored(file: file, line: line, what: what))
    }
}

/// The patterns of one `Host` line: any of them matches, unless one with a `!` does.
struct HostPatterns: Equatable, Sendable {
    /// Matches nothing.
    static let none = HostPatterns([])

    private var wanted: [String] = []
    private var unwanted: [String] = []

    init(_ words: [String]) {
        for word in words {
            // ssh(1) compares names without regard to case.
            if word.hasPrefix("!") {
                unwanted.append(word.dropFirst().lowercased())
            } else {
                wanted.append(word.lowercased())
            }
        }
    }

    func match(_ name: String) -> Bool {
        let name = name.lowercased()
        return !unwanted.contains { HostPatterns.matches($0, name) }
            && wanted.contains { HostPatterns.matches($0, name) }
    }

    /// `*` stands for any characters, `?` for one. Takes time in proportion to both lengths' product at most.
    private static func matches(_ pattern: String, _ name: String) -> Bool {
        let (pattern, name) = (Array(pattern.utf8), Array(name.utf8))
        var (p, n) = (0, 0)
        var retry: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                retry = (p + 1, n)
                p += 1
            } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == name[n] {
                p += 1
                n += 1
            } else if let last = retry {
                p = last.pattern
                n = last.name + 1
                retry = (last.pattern, n)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

/// One line: a keyword and its values, which may stand in double quotes; an `=` may stand between.
struct OpenSSHLine: Equatable, Sendable {
    /// As it stands there.
    var name = ""
    var values: [String] = []

    var keyword: String { name.lowercased() }

    /// Empty for a comment; nil for what is no text, or a quote without an end.
    init?(_ bytes: some Sequence<UInt8>) {
        let space: Set<UInt8> = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), 0x0C]
        var rest = Array(bytes)[...]
        func skipSpace() { rest = rest.drop { space.contains($0) } }
        func text(_ bytes: some Collection<UInt8>) -> String? {
            guard let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains("\0") else {
                return nil
            }
            return text
        }
        skipSpace()
        guard let first = rest.first, first != UInt8(ascii: "#") else { return }
        let word = rest.prefix { !space.contains($0) && $0 != UInt8(ascii: "=") }
        guard let name = text(word), name.utf8.count <= 100 else { return nil }
        self.name = name
        rest = rest.dropFirst(word.count)
        skipSpace()
        if rest.first == UInt8(ascii: "=") {
            rest = rest.dropFirst()
            skipSpace()
        }
        while let first = rest.first, first != UInt8(ascii: "#") {
            let isQuoted = first == UInt8(ascii: "\"")
            if isQuoted { rest = rest.dropFirst() }
            let value = rest.prefix { isQuoted ? $0 != UInt8(ascii: "\"") : !space.contains($0) }
            rest = rest.dropFirst(value.count)
            if isQuoted {
                guard rest.first == UInt8(ascii: "\"") else { return nil }
                rest = rest.dropFirst()
            }
            guard let value = text(value) else { return nil }
            values.append(value)
            skipSpace()
        }
    }
}
