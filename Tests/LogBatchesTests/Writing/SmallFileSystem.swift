import Foundation
import TestServers

/// A file system of its own that is full after some kilobytes; unmounted with the value. Needs root.
final class SmallFileSystem {
    let path: String
    private let folder: TestFolder

    init(kilobytes: Int, inodes: Int = 100) throws {
        folder = try TestFolder("small")
        path = folder.path
        let options = "size=\(kilobytes)k,nr_inodes=\(inodes),mode=700"
        guard mount("tmpfs", path, "tmpfs", 0, options) == 0 else {
            throw TestProcess.Failure(
                description: "mount tmpfs: \(String(cString: strerror(errno))); tests run as root"
            )
        }
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }
}
