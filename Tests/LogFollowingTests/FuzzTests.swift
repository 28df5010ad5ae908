import Foundation
import TestServers
import Testing
import Wire

@testable import LogFollowing

/// What lies beside a log on its host: names that others gave, and packed files that others wrote.
struct FuzzTests {
    @Test func rotatedNames() throws {
        let words = [
            "access.log", "access", ".log", ".gz", ".xz", ".zst", ".1", "-20261121", "-1763700000", ".old", "_", ":",
            "T",
            "0", "00", "2026", "\n", ".", "é",
        ]
        try Fuzzing("rotated_name", words: words, lengthLimit: 512).run { input, _ in
            // The log's name, then names beside it.
            let names = input.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
            let rotated = names.dropFirst().prefix(8).compactMap { RotatedName($0, of: names[0]) }
            for name in rotated {
                if name.isOlder(than: name) { return .broken("a name is older than itself: \(name)") }
                for other in rotated where name.isOlder(than: other) && other.isOlder(than: name) {
                    return .broken("two names are older than each other: \(name), \(other)")
                }
            }
            return rotated.isEmpty ? .refused("not rotated") : .accepted
        }
    }

    /// Unpacked in windows of any size, a file holds the same bytes and ends the same way.
    @Test func packedFiles() throws {
        let folder = try TestFolder("fuzz-gzip")
        let path = "\(folder.path)/a.log.1.gz"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        let summary = try Fuzzing("gzip", words: ["\u{1F}", "\u{0}\u{0}"], lengthLimit: 2 << 10).run { input, random in
            _ = input.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
            ftruncate(descriptor, off_t(input.count))
            let whole = try Self.unpack(path, window: 64 << 10)
            let pieces = try Self.unpack(path, window: Int.random(in: 1...5_000, using: &random))
            guard whole.bytes == pieces.bytes, whole.hasEnded == pieces.hasEnded else {
                return .broken("in windows of another size it holds something else")
            }
            return whole.hasEnded ? .accepted : .refused(whole.bytes.isEmpty ? "nothing" : "cut")
        }
        #expect(summary.accepted * 100 > summary.inputs)
    }

    private static func unpack(_ path: String, window capacity: Int) throws -> (bytes: [UInt8], hasEnded: Bool) {
        let file = try #require(try LogFile.open(LogPath(Array(path.utf8)), isPacked: true))
        let gzip = try #require(file.gzip)
        let window = LogWindow(capacity: capacity)
        var cursor = LogCursor(fileNumber: 0)
        var bytes: [UInt8] = []
        // 2 KiB unpack to 2 MiB at most (RFC 1951's longest match in two bits).
        while bytes.count < 8 << 20 {
            guard case .filled = file.fill(window, at: cursor), window.count > 0 else { break }
            bytes += window.bytes
            gzip.take(window.count)
            cursor.offset += UInt64(window.count)
        }
        return (bytes, gzip.hasEnded)
    }
}
