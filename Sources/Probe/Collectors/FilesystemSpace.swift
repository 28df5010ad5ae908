import CLinux

/// What `statvfs` tells of one filesystem (`man 3 statvfs`), and what is made of it.
package struct FilesystemSpace: Equatable {
    package var totalBytes: Double
    /// Free, the part reserved for root included.
    package var freeBytes: Double
    /// Free to everybody.
    package var availableBytes: Double
    package var inodes: Double
    package var freeInodes: Double

    package init(
        totalBytes: Double,
        freeBytes: Double,
        availableBytes: Double,
        inodes: Double = 0,
        freeInodes: Double = 0
    ) {
        self.totalBytes = totalBytes
        self.freeBytes = freeBytes
        self.availableBytes = availableBytes
        self.inodes = inodes
        self.freeInodes = freeInodes
    }

    init(_ space: probe_space) {
        let block = Double(space.block_bytes)
        totalBytes = Double(space.blocks) * block
        freeBytes = Double(min(space.free_blocks, space.blocks)) * block
        // Where root has eaten into its reserve some kernels report "less than nothing" as a huge number.
        availableBytes = space.available_blocks > space.blocks ? 0 : Double(space.available_blocks) * block
        inodes = Double(space.inodes)
        freeInodes = Double(space.free_inodes)
    }

    /// As df computes it: used / (used + available to everybody). 100 % is when a program that is not root gets no more.
    package var usedPercent: Double? {
        let used = totalBytes - freeBytes
        return percent(used, of: used + availableBytes)
    }

    /// nil where a filesystem has no fixed number of inodes (btrfs, vfat, many network filesystems).
    package var inodesUsedPercent: Double? {
        guard inodes > 0, freeInodes <= inodes else { return nil }
        return percent(inodes - freeInodes, of: inodes)
    }
}
