/// `/proc/self/mountinfo` (`man 5 proc`): which filesystems there are to look at.
///
/// Not `/proc/self/mounts`, which lacks the device number by which a filesystem is known that is mounted in several
/// places (bind mounts, btrfs subvolumes) and the parent by which a mount is known that lies hidden under another.
package struct MountTable {
    package struct Mount: Equatable {
        /// Where it is mounted, as the kernel has it: any bytes but NUL.
        package var point: [UInt8]
        package var type: String
        /// A device, or a server's export.
        package var source: String
        /// Whether looking at it asks another machine or a program, and so may hang.
        package var mayHang: Bool

        package var instance: String { String(decoding: point, as: UTF8.self) }
    }

    /// One per filesystem, in the kernel's order.
    package private(set) var mounts: [Mount] = []

    /// - Returns: nil where a line does not hold its fields.
    package init?(parsing text: ByteScanner) {
        var text = text
        var lines: [Line] = []
        while let line = text.line() {
            guard let line = Line(parsing: line) else { return nil }
            lines.append(line)
        }
        let shown = Self.onePerDevice(lines.filter { $0.kind != .leftOut && Self.isVisible($0, among: lines) })
        let hanging = lines.filter { $0.kind == .mayHang }
        mounts = shown.map { line in
            // The way to a local filesystem may lead through a dead mount above it.
            let mayHang = line.kind == .mayHang || hanging.contains { line.point.isBelow($0.point) }
            return Mount(
                point: line.point,
                type: line.type.string,
                source: String(decoding: line.source.unescaped, as: UTF8.self),
                mayHang: mayHang
            )
        }
    }

    /// Of the places where the same filesystem is mounted the shortest, of equally short ones the first.
    private static func onePerDevice(_ lines: [Line]) -> [Line] {
        lines.enumerated().filter { place, line in
            !lines.enumerated().contains { otherPlace, other in
                guard other.device == line.device, otherPlace != place else { return false }
                if other.point.count != line.point.count { return other.point.count < line.point.count }
                return otherPlace < place
            }
        }.map { $0.element }
    }

    /// Whether a path still leads to the mount: nothing was mounted over it, nor over a folder on the way to it, and the
    /// same holds for what it is mounted on.
    private static func isVisible(_ line: Line, among lines: [Line]) -> Bool {
        var line = line
        var cameFrom = line.id
        // Parents form a tree, but the text is foreign: never more steps than there are lines.
        for _ in lines {
            if isCovered(line, by: lines, except: cameFrom) { return false }
            guard let parent = lines.first(where: { $0.id == line.parent && $0.id != line.id }) else { return true }
            cameFrom = line.id
            line = parent
        }
        return true
    }

    /// - Parameter except: the mount on the way, which may well lie over the one it is mounted on.
    private static func isCovered(_ line: Line, by lines: [Line], except: UInt64) -> Bool {
        lines.contains { other in
            guard other.id != line.id, other.id != except else { return false }
            if other.parent == line.id { return other.point == line.point }
            return other.parent == line.parent && line.point.isBelow(other.point)
        }
    }
}

extension MountTable {
    private struct Line {
        var id: UInt64
        var parent: UInt64
        /// major << 32 | minor
        var device: UInt64
        var point: [UInt8]
        var type: ByteScanner
        var source: ByteScanner
        var kind: FilesystemKind

        /// `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`
        init?(parsing line: ByteScanner) {
            var line = line
            guard let id = line.number(), let parent = line.number(), var device = line.field(),
                let major = device.part(before: 0x3A)?.unsigned, let minor = device.unsigned, line.field() != nil,
                let point = line.field(), let options = line.field()
            else { return nil }
            // Any number of optional fields, then a hyphen.
            repeat {
                guard let field = line.field() else { return nil }
                if field.equals("-") { break }
            } while true
            guard let type = line.field() else { return nil }
            self.id = id
            self.parent = parent
            self.device = major << 32 | minor
            self.point = point.unescaped
            self.type = type
            source = line.field() ?? ByteScanner([])
            kind = FilesystemKind(type: type, mountedAt: self.point, isReadOnly: options.starts(with: "ro"))
        }
    }
}

extension ByteScanner {
    /// Space, tab, newline and backslash are written as `\040`, `\011`, `\012` and `\134` in mount tables.
    package var unescaped: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count)
        var place = 0
        while let byte = self[place] {
            if byte == 0x5C, let high = octal(place + 1), let middle = octal(place + 2), let low = octal(place + 3),
                high < 4
            {
                result.append(high << 6 | middle << 3 | low)
                place += 4
            } else {
                result.append(byte)
                place += 1
            }
        }
        return result
    }

    private func octal(_ place: Int) -> UInt8? {
        guard let byte = self[place], byte >= 0x30, byte <= 0x37 else { return nil }
        return byte - 0x30
    }
}

extension [UInt8] {
    /// Whether a path lies below a folder, and is not the folder itself.
    func isBelow(_ folder: [UInt8]) -> Bool {
        if folder == [0x2F] { return count > 1 && first == 0x2F }
        return count > folder.count && self[folder.count] == 0x2F && starts(with: folder)
    }

    func starts(with text: StaticString) -> Bool {
        ByteScanner(self).starts(with: text)
    }
}
