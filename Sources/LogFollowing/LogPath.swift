import CLinux

/// A path as the system takes it: bytes, which need not be UTF-8.
struct LogPath {
    /// Without the NUL at the end.
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// For people.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    func withCString<Result>(_ body: (UnsafePointer<CChar>?) -> Result) -> Result {
        var terminated = bytes
        terminated.append(0)
        return terminated.withUnsafeBytes { body($0.baseAddress?.assumingMemoryBound(to: CChar.self)) }
    }

    func status(_ status: inout logs_status) -> Int32 {
        withCString { logs_stat($0, &status) }
    }

    /// The folder that it lies in, and its name there.
    var split: (folder: LogPath, name: [UInt8]) {
        var end = bytes.count
        while end > 1, bytes[end - 1] == 0x2F { end -= 1 }
        var start = end
        while start > 0, bytes[start - 1] != 0x2F { start -= 1 }
        let name = Array(bytes[start..<end])
        if start == 0 { return (LogPath([0x2E]), name) }
        return (LogPath(Array(bytes[..<max(1, start - 1)])), name)
    }

    /// The file that it leads to in the end, where it is a symbolic link.
    var target: LogPath? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { memory -> LogPath? in
            guard withCString({ logs_link_target($0, memory.baseAddress) }) == 0 else { return nil }
            return LogPath(memory.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
        }
    }

    func appending(_ name: [UInt8]) -> LogPath {
        bytes.last == 0x2F ? LogPath(bytes + name) : LogPath(bytes + [0x2F] + name)
    }
}
