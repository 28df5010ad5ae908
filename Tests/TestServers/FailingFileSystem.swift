import Foundation

/// A file system that can be made to fail as one does whose disk has an error: ext4 in a file. Goes with the value.
package final class FailingFileSystem: Sendable {
    private let outer: TestFolder
    private let image: String
    /// Where it is mounted.
    package let path: String

    package init() throws {
        outer = try TestFolder("failing")
        image = "\(outer.path)/image"
        path = "\(outer.path)/mounted"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try SSHServer.run("truncate", ["-s", "600M", image])
        try SSHServer.run("mkfs.ext4", ["-q", image])
        try mount(image)
    }

    // MNT_DETACH of umount2(2), which is 2; the loop device goes with the mount.
    deinit { umount2(path, 2) }

    /// Everything on it is read-only from now on, for open files too.
    package func fail() throws { try SSHServer.run("mount", ["-o", "remount,abort", path]) }

    /// Checks it, and mounts it again, once. No file on it may be open.
    ///
    /// Servers of other tests may have copied the mount into namespaces of their own (`man 7 mount_namespaces`). What failed
    /// lives on there, and the kernel would hand out the same for the same file: the disk is exchanged for a copy.
    package func mend() throws {
        try SSHServer.run("umount", [path])
        let mended = "\(image)-mended"
        try SSHServer.run("sync", [])
        try SSHServer.run("cp", ["--sparse=always", image, mended])
        // It exits with 1 where it has mended something (man 8 fsck).
        try SSHServer.run("sh", ["-c", "e2fsck -fy \"$0\" || [ $? = 1 ]", mended])
        try mount(mended)
    }

    private func mount(_ image: String) throws { try SSHServer.run("mount", ["-o", "loop", image, path]) }

    /// Whether this user may mount, and this kernel knows ext4 and loop devices.
    package static var isPossible: Bool {
        guard getuid() == 0, FileManager.default.fileExists(atPath: "/dev/loop-control") else { return false }
        _ = try? SSHServer.run("modprobe", ["ext4"])
        let known = (try? String(contentsOfFile: "/proc/filesystems", encoding: .utf8)) ?? ""
        return known.split(whereSeparator: \.isWhitespace).contains("ext4")
    }
}
