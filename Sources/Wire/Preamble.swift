/// What the probe writes before anything else, in plain text: everything before it is a login shell's banner.
package enum Preamble {
    /// Of the messages and frames; the probe and the server must agree.
    package static let protocolVersion = "1"
    /// Ends with a line end, behind which frames begin.
    package static let marker: [UInt8] = start + Array(protocolVersion.utf8) + end

    static let start = Array("\n\u{1}metricsd-probe/".utf8)
    static let end = Array(" ready\n".utf8)
    static let maximumVersionLength = 16
}

/// Finds the preamble in what a channel's stdout yields first.
package struct PreambleScanner {
    /// Banners up to here are skipped.
    package static let maximumSkipped = 64 << 10

    package enum Outcome: Equatable, Sendable {
        case needMore
        /// The probe is there; `rest` are the first bytes behind the preamble.
        case found(rest: [UInt8])
        /// Too much came without a preamble: it is not the probe that answers.
        case notFound
        /// A probe of another version answers.
        case versionMismatch(String)
    }

    private var bytes: [UInt8] = []
    private var searched = 0

    package init() {}

    /// What came before the preamble, for an error's text: at most 200 printable characters, on one line.
    package var banner: String {
        var text: [UInt8] = []
        for byte in bytes.prefix(searched == 0 ? bytes.count : max(searched, 200)) {
            if text.count >= 200 { break }
            if byte >= 0x20, byte != 0x7f {
                text.append(byte)
            } else if text.last != 0x20, !text.isEmpty {
                text.append(0x20)
            }
        }
        while text.last == 0x20 { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }

    /// Takes bytes as they were read, in pieces of any size. Not to be called again once it has found or refused.
    package mutating func feed(_ piece: [UInt8]) -> Outcome { feed(piece[...]) }

    package mutating func feed(_ piece: ArraySlice<UInt8>) -> Outcome {
        bytes.append(contentsOf: piece)
        while let found = firstStart() {
            searched = found
            switch readVersion(from: found + Preamble.start.count) {
            case .needMore: return bytes.count > Self.maximumSkipped ? .notFound : .needMore
            case .notFound: searched = found + 1
            case let outcome: return outcome
            }
        }
        return bytes.count > Self.maximumSkipped ? .notFound : .needMore
    }

    /// Where the next preamble may begin; moves `searched` to where the search goes on.
    private mutating func firstStart() -> Int? {
        let start = Preamble.start
        while searched + start.count <= bytes.count {
            if searched > Self.maximumSkipped { return nil }
            if bytes[searched] == start[0], bytes[searched..<searched + start.count].elementsEqual(start) {
                return searched
            }
            searched += 1
        }
        return nil
    }

    private func readVersion(from position: Int) -> Outcome {
        var version: [UInt8] = []
        var index = position
        while index < bytes.count, bytes[index] != Preamble.end[0] {
            let byte = bytes[index]
            let isVersionByte = byte == 0x2e || (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte)
            guard isVersionByte, version.count < Preamble.maximumVersionLength else { return .notFound }
            version.append(byte)
            index += 1
        }
        let rest = bytes[index...]
        guard rest.count >= Preamble.end.count else {
            return Preamble.end.starts(with: rest) ? .needMore : .notFound
        }
        guard rest.starts(with: Preamble.end), !version.isEmpty else { return .notFound }
        let text = String(decoding: version, as: UTF8.self)
        guard version == Array(Preamble.protocolVersion.utf8) else { return .versionMismatch(text) }
        return .found(rest: Array(rest.dropFirst(Preamble.end.count)))
    }
}
