/// The options of a line in `authorized_keys` (man 8 sshd) that let a key run the installed probe and nothing else.
///
/// Three programs read what is written here: sshd takes `command="…"` apart, in which only `\"` means something; the
/// login shell takes the command apart; the probe compares what it gets with what it is asked for, byte for byte.
struct AuthorizedKeyOptions {
    /// A command or path that a line cannot hold.
    struct Unwritable: Error {
        var text: String
    }

    private(set) var text: String

    /// - Throws: where something holds a line end or another control character, which no line can.
    init(probe: String, commands: [String], logs: [String]) throws(Unwritable) {
        var words = [probe, "--serve", "--restricted"]
        for command in Self.distinct(commands) { words += ["--command", command] }
        for log in Self.distinct(logs) { words += ["--log", log] }
        var written: [String] = []
        for word in words {
            guard !word.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { throw Unwritable(text: word) }
            written.append(Self.shellWord(word))
        }
        text = "restrict,command=\"\(Self.quoted(written.joined(separator: " ")))\""
    }

    /// One word for a POSIX shell, csh and fish. Backslashes stand outside of the quotes: fish does not take them as they
    /// are within.
    static func shellWord(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
                || "-_./:=@,+".utf8.contains($0)
        }
        guard !isPlain || text.isEmpty else { return text }
        var word = "'"
        for scalar in text.unicodeScalars {
            switch scalar {
            case "'": word += "'\\''"
            case "\\": word += "'\\\\'"
            default: word.unicodeScalars.append(scalar)
            }
        }
        return word + "'"
    }

    /// What stands between the quotes of `command="…"`.
    private static func quoted(_ text: String) -> String {
        var quoted = ""
        for scalar in text.unicodeScalars {
            if scalar == "\"" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted
    }

    private static func distinct(_ texts: [String]) -> [String] {
        var seen: Set<[UInt8]> = []
        return texts.filter { seen.insert(Array($0.utf8)).inserted }
    }
}
