import Foundation

/// A file system whose directory `in` has a quota that writes meet with EDQUOT, for root too: btrfs in a file. Goes with
/// the value.
package final class QuotaFileSystem: Sendable {
    private let folder: TestFolder
    /// The directory with the quota.
    package let limited: String

    package init(limit: String) throws {
        guard TestProcess.locate("mkfs.btrfs") != nil else {
            throw TestProcess.Failure(description: "mkfs.btrfs is not installed; apt-get install btrfs-progs")
        }
        folder = try TestFolder("quota")
        let image = "\(folder.path)/image"
        let mountPoint = "\(folder.path)/mounted"
        limited = "\(mountPoint)/in"
        try FileManager.default.createDirectory(atPath: mountPoint, withIntermediateDirectories: false)
        try SSHServer.run("truncate", ["-s", "128M", image])
        try SSHServer.run("mkfs.btrfs", ["-q", image])
        try SSHServer.run("mount", ["-o", "loop,commit=1", image, mountPoint])
        try SSHServer.run("btrfs", ["quota", "enable", mountPoint])
        try SSHServer.run("btrfs", ["subvolume", "create", limited])
        try self.limit(to: limit)
    }

    // MNT_DETACH of umount2(2), which is 2; the loop device goes with the mount.
    deinit { umount2("\(folder.path)/mounted", 2) }

    /// Sizes as `btrfs qgroup limit` takes them: `1M`.
    package func limit(to size: String) throws {
        try SSHServer.run("btrfs", ["qgroup", "limit", size, limited])
    }

    /// Whether this user may mount, and this kernel knows btrfs and loop devices.
    package static var isPossible: Bool {
        guard getuid() == 0, FileManager.default.fileExists(atPath: "/dev/loop-control") else { return false }
        _ = try? SSHServer.run("modprobe", ["btrfs"])
        let known = (try? String(contentsOfFile: "/proc/filesystems", encoding: .utf8)) ?? ""
        return known.split(whereSeparator: \.isWhitespace).contains("btrfs")
    }
}
