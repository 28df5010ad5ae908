/// Types of SFTP's packets, of version 3 (draft-ietf-secsh-filexfer-02, section 3).
enum SFTPPacketType: UInt8 {
    case initialize = 1
    case version = 2
    case open = 3
    case close = 4
    case read = 5
    case write = 6
    case lstat = 7
    case fstat = 8
    case setstat = 9
    case fsetstat = 10
    case opendir = 11
    case readdir = 12
    case remove = 13
    case mkdir = 14
    case rmdir = 15
    case realpath = 16
    case stat = 17
    case rename = 18
    case status = 101
    case handle = 102
    case data = 103
    case name = 104
    case attributes = 105
    case extended = 200
    case extendedReply = 201
}

/// Builds packets: length, type, then integers in network order and strings with their length before them.
struct SFTPWriter {
    private(set) var bytes: [UInt8] = []
    private var start = 0

    mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }
    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Begins a packet; what is added behind belongs to it until `end`.
    mutating func begin(_ type: SFTPPacketType) {
        start = bytes.count
        add(UInt32(0))
        bytes.append(type.rawValue)
    }

    /// - Parameter following: bytes of the packet that are sent behind these.
    mutating func end(following: Int = 0) {
        let length = UInt32(bytes.count - start - 4 + following)
        for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * index)) }
    }

    mutating func add(_ number: UInt32) {
        for shift in stride(from: 24, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    mutating func add(_ number: UInt64) {
        add(UInt32(truncatingIfNeeded: number >> 32))
        add(UInt32(truncatingIfNeeded: number))
    }

    mutating func add(_ string: some Collection<UInt8>) {
        add(UInt32(string.count))
        bytes.append(contentsOf: string)
    }

    mutating func add(_ string: UnsafeRawBufferPointer) {
        add(UInt32(string.count))
        bytes.append(contentsOf: string)
    }

    mutating func add(_ text: String) { add(text.utf8) }
}

/// Reads one packet's fields; nil where it is shorter than it says.
struct SFTPReader {
    let bytes: ArraySlice<UInt8>
    private(set) var offset: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        offset = bytes.startIndex
    }

    mutating func number() -> UInt32? {
        guard bytes.endIndex - offset >= 4 else { return nil }
        defer { offset += 4 }
        return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func longNumber() -> UInt64? {
        guard let high = number(), let low = number() else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }

    mutating func string() -> ArraySlice<UInt8>? {
        guard let length = number(), bytes.endIndex - offset >= Int(length) else { return nil }
        defer { offset += Int(length) }
        return bytes[offset..<offset + Int(length)]
    }

    var rest: ArraySlice<UInt8> { bytes[offset...] }

    mutating func text() -> String? { string().map { String(decoding: $0, as: UTF8.self) } }

    /// Attributes (section 5).
    mutating func attributes() -> SFTPAttributes? {
        guard let flags = number() else { return nil }
        var attributes = SFTPAttributes()
        if flags & 1 != 0 {
            guard let size = longNumber() else { return nil }
            attributes.size = size
        }
        if flags & 2 != 0 {
            guard number() != nil, number() != nil else { return nil }
        }
        if flags & 4 != 0 {
            guard let permissions = number() else { return nil }
            attributes.permissions = permissions
        }
        if flags & 8 != 0 {
            guard number() != nil, let modified = number() else { return nil }
            attributes.modifiedSeconds = modified
        }
        if flags & 0x8000_0000 != 0 {
            guard let count = number() else { return nil }
            for _ in 0..<count {
                guard string() != nil, string() != nil else { return nil }
            }
        }
        return attributes
    }
}

/// What a server says about a file, as far as it says it.
package struct SFTPAttributes: Sendable, Equatable {
    package var size: UInt64?
    /// As in `st_mode`, the file's type included.
    package var permissions: UInt32?
    /// Seconds since 1970.
    package var modifiedSeconds: UInt32?

    /// Whether it is a directory; nil where the server does not say.
    package var isDirectory: Bool? { permissions.map { $0 & 0o170000 == 0o040000 } }
    /// Whether it is a plain file; nil where the server does not say.
    package var isFile: Bool? { permissions.map { $0 & 0o170000 == 0o100000 } }
}

/// An entry of a directory.
package struct SFTPEntry: Sendable, Equatable {
    package var name: String
    package var attributes: SFTPAttributes
}

/// Room on the file system of a path, in bytes for an ordinary user.
package struct SFTPFreeSpace: Sendable, Equatable {
    package var freeBytes: UInt64
    package var totalBytes: UInt64
    /// Files that may still be made; nil where the file system does not count them.
    package var freeFiles: UInt64?
}
