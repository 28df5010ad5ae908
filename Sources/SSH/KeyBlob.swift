/// The data types of RFC 4251 section 5, as public keys, signatures and key files are made of.
enum KeyBlob {
    /// The type that a public key begins with, e.g. `ssh-ed25519`.
    static func type(_ key: [UInt8]) -> String? {
        var reader = BlobReader(key)
        guard let name = reader.string(), !name.isEmpty, name.count <= 64,
            name.allSatisfy({ (33..<127).contains($0) })
        else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    static func number(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }

    static func string(_ bytes: some Collection<UInt8>) -> [UInt8] {
        number(UInt32(bytes.count)) + bytes
    }

    static func string(_ text: String) -> [UInt8] { string(Array(text.utf8)) }

    /// An unsigned big-endian number as `mpint`.
    static func integer(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let digits = Array(bytes.drop { $0 == 0 })
        return string(digits.first.map { $0 >= 128 } == true ? [0] + digits : digits)
    }
}

/// Reads such data; nil where it is too short.
struct BlobReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Collection<UInt8>) { rest = Array(bytes)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number() -> UInt32? {
        bytes(4).map { $0.reduce(0) { $0 << 8 | UInt32($1) } }
    }

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func string() -> [UInt8]? {
        number().flatMap { bytes(Int($0)) }
    }

    mutating func text() -> String? {
        string().map { String(decoding: $0, as: UTF8.self) }
    }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}
