import Foundation

/// Unstructured header text as RFC 5322 and RFC 2047 have it.
enum EncodedWords {
    /// RFC 2047, 2: a line with an encoded word is at most 76 characters long.
    private static let lineLimit = 76
    /// RFC 2047, 2: an encoded word is at most 75 characters, of which `=?UTF-8?B?` and `?=` take 12: 63 characters of
    /// base64 hold 45 bytes.
    private static let bytesPerWord = 45

    /// A header value from its second line on indented by one space; the first line leaves room for the name.
    /// - Parameter headerName: `Subject`; it and its colon stand on the first line.
    static func unstructured(_ text: String, headerName: String) -> String {
        let line = withoutControls(text)
        return folded(line, nameLength: headerName.utf8.count + 2) ?? encoded(line, headerName: headerName)
    }

    /// Plain ASCII folded at spaces; nil where it needs encoding.
    private static func folded(_ text: String, nameLength: Int) -> String? {
        guard text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }), !text.contains("=?"), !text.contains("  "),
            !text.hasPrefix(" "), !text.hasSuffix(" ")
        else { return nil }
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            let room = lineLimit - (lines.isEmpty ? nameLength : 1)
            guard word.utf8.count <= room else { return nil }
            if line.isEmpty {
                line = String(word)
            } else if line.utf8.count + 1 + word.utf8.count <= room {
                line += " " + word
            } else {
                lines.append(line)
                line = String(word)
            }
        }
        return (lines + [line]).joined(separator: "\r\n ")
    }

    /// Base64 encoded words, one a line; a character, and as far as it fits a whole grapheme, stays in one word.
    static func encoded(_ text: String, headerName: String) -> String {
        var words: [String] = []
        var bytes: [UInt8] = []
        func close() {
            guard !bytes.isEmpty else { return }
            words.append("=?UTF-8?B?\(Data(bytes).base64EncodedString())?=")
            bytes = []
        }
        func room() -> Int {
            // The first line holds the header's name too; base64 makes four characters of three bytes.
            words.isEmpty ? (lineLimit - headerName.utf8.count - 2 - 12) / 4 * 3 : bytesPerWord
        }
        for character in text {
            let whole = Array(String(character).utf8)
            if whole.count <= bytesPerWord {
                if bytes.count + whole.count > room() { close() }
                bytes += whole
            } else {
                for scalar in character.unicodeScalars {
                    let part = Array(String(scalar).utf8)
                    if bytes.count + part.count > room() { close() }
                    bytes += part
                }
            }
        }
        close()
        return words.joined(separator: "\r\n ")
    }

    /// A control character in a header value could begin another header; nothing of it stays.
    private static func withoutControls(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
