import COpenSSL
import Glibc

/// The lines of known_hosts files, and what they say about a server's key.
///
/// The format is sshd(8)'s, SSH_KNOWN_HOSTS FILE FORMAT. libssh2 reads such files too, but neither knows patterns and
/// markers nor tells the line it found.
struct KnownHosts: Sendable {
    struct Line: Sendable, Equatable {
        enum Marker: Sendable { case none, revoked, certificateAuthority }

        enum Names: Sendable, Equatable {
            case patterns([Pattern])
            /// HMAC-SHA-1 of the name under a salt: `|1|salt|hash`.
            case hashed(salt: [UInt8], hash: [UInt8])
        }

        struct Pattern: Sendable, Equatable {
            let text: [UInt8]
            let isNegated: Bool
        }

        let marker: Marker
        let names: Names
        let keyType: String
        let key: [UInt8]
        let file: String
        let number: Int

        var place: String { "line \(number) of \(file)" }
    }

    enum Verdict: Sendable, Equatable {
        case trusted(Line)
        case revoked(Line)
        /// A line names the host with another key of the same type.
        case changed(Line)
        /// Lines name the host, with other types of key only.
        case otherTypes([Line])
        case unknown
    }

    private(set) var lines: [Line] = []

    /// Adds the lines of a file. Lines that cannot be understood are passed over, as ssh(1) does.
    mutating func add(_ contents: [UInt8], file: String) {
        for (index, line) in contents.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            if let line = KnownHosts.parse(line, file, index + 1) { lines.append(line) }
        }
    }

    /// The types of key that are known for a host, to be asked for first.
    func keyTypes(address: String, port: UInt16) -> [String] {
        var types: [String] = []
        for line in applicable(address, port) where line.marker == .none && !types.contains(line.keyType) {
            types.append(line.keyType)
        }
        return types
    }

    func verdict(address: String, port: UInt16, keyType: String, key: [UInt8]) -> Verdict {
        let named = lines(for: KnownHosts.name(address, port))
        let bare = port == 22 ? [] : lines(for: KnownHosts.name(address, 22))
        if let line = (named + bare).first(where: { $0.marker == .revoked && $0.key == key }) { return .revoked(line) }
        let trusting = named.filter { $0.marker == .none }
        if let line = trusting.first(where: { $0.key == key }) { return .trusted(line) }
        if let line = trusting.first(where: { $0.keyType == keyType }) { return .changed(line) }
        if !trusting.isEmpty { return .otherTypes(trusting) }
        // As ssh(1): a line without the port counts for another port as well, but only when it has the right key.
        if let line = bare.first(where: { $0.marker == .none && $0.key == key }) { return .trusted(line) }
        return .unknown
    }

    /// How a known_hosts file names a host.
    static func name(_ address: String, _ port: UInt16) -> String {
        let name = address.lowercased()
        return port == 22 ? name : "[\(name)]:\(port)"
    }

    private func applicable(_ address: String, _ port: UInt16) -> [Line] {
        let named = lines(for: KnownHosts.name(address, port))
        return named.isEmpty && port != 22 ? lines(for: KnownHosts.name(address, 22)) : named
    }

    private func lines(for name: String) -> [Line] {
        let name = Array(name.utf8)
        return lines.filter { $0.names.match(name) }
    }

    private static func parse(_ bytes: ArraySlice<UInt8>, _ file: String, _ number: Int) -> Line? {
        var fields = bytes.split { $0 == 32 || $0 == 9 || $0 == 13 }[...]
        guard let first = fields.first, first.first != UInt8(ascii: "#") else { return nil }
        var marker = Line.Marker.none
        if first.first == UInt8(ascii: "@") {
            switch String(decoding: first, as: UTF8.self) {
            case "@revoked": marker = .revoked
            case "@cert-authority": marker = .certificateAuthority
            default: return nil
            }
            fields.removeFirst()
        }
        guard fields.count >= 3, let names = Line.Names(fields[fields.startIndex]) else { return nil }
        let type = String(decoding: fields[fields.startIndex + 1], as: UTF8.self)
        // The blob begins with the type again; a line where the two differ is damaged.
        guard let key = Base64.decode(fields[fields.startIndex + 2]), KeyBlob.type(key) == type else { return nil }
        return Line(marker: marker, names: names, keyType: type, key: key, file: file, number: number)
    }
}

extension KnownHosts.Line.Names {
    init?(_ field: ArraySlice<UInt8>) {
        if field.first == UInt8(ascii: "|") {
            let parts = field.split(separator: UInt8(ascii: "|"))
            guard parts.count == 3, parts[0].elementsEqual("1".utf8), let salt = Base64.decode(parts[1]),
                let hash = Base64.decode(parts[2]), hash.count == 20
            else { return nil }
            self = .hashed(salt: salt, hash: hash)
            return
        }
        self = .patterns(
            field.split(separator: UInt8(ascii: ",")).map { pattern in
                let isNegated = pattern.first == UInt8(ascii: "!")
                let text = (isNegated ? pattern.dropFirst() : pattern).map(lowercase)
                return KnownHosts.Line.Pattern(text: text, isNegated: isNegated)
            }
        )
    }

    /// - Parameter name: in lower case.
    func match(_ name: [UInt8]) -> Bool {
        switch self {
        case .hashed(let salt, let hash):
            return Digest.hmacSHA1(key: salt, name) == hash
        case .patterns(let patterns):
            var matches = false
            for pattern in patterns where wildcardMatch(pattern.text[...], name[...]) {
                if pattern.isNegated { return false }
                matches = true
            }
            return matches
        }
    }
}

private func lowercase(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
}

/// `*` stands for any run of characters, `?` for one. Linear in space and at most quadratic in time.
private func wildcardMatch(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
    var (p, t) = (pattern.startIndex, text.startIndex)
    var retry: (p: Int, t: Int)?
    while t < text.endIndex {
        if p < pattern.endIndex, pattern[p] == UInt8(ascii: "*") {
            retry = (p + 1, t)
            p += 1
        } else if p < pattern.endIndex, pattern[p] == UInt8(ascii: "?") || pattern[p] == text[t] {
            p += 1
            t += 1
        } else if let last = retry {
            p = last.p
            t = last.t + 1
            retry = (last.p, t)
        } else {
            return false
        }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
}
