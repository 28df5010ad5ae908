import Foundation

/// A file system of its own in memory, so small that a test can fill it. Goes with the value.
package final class SmallFileSystem: Sendable {
    package let folder: TestFolder

    /// nil where this user may not mount.
    package init?(megabytes: Int) throws {
        folder = try TestFolder("full")
        guard getuid() == 0, mount("none", folder.path, "tmpfs", 0, "size=\(megabytes)m") == 0 else { return nil }
    }

    // MNT_DETACH of umount2(2), which is 2.
    deinit { umount2(folder.path, 2) }

    /// Takes all that is left, down to the last page, in a file of that name.
    package func fill(_ name: String = "filler") {
        guard let filler = fopen("\(folder.path)/\(name)", "w") else { return }
        while fwrite([UInt8](repeating: 1, count: 4_096), 1, 4_096, filler) == 4_096, fflush(filler) == 0 {}
        fclose(filler)
    }

    package static var isPossible: Bool { (try? SmallFileSystem(megabytes: 1)) != nil }
}
