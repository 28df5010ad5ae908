import CLinux

#if !hasFeature(Embedded)
    package import Wire
#endif

/// The mount table and `statvfs`: how full each filesystem is.
///
/// Local filesystems are asked in this process, those that may hang by `HangingMounts`, so that a dead NFS server costs
/// its own mounts and nothing else. That is also why this collector is not `mayBlock`: it never blocks, and it must
/// remember which mounts hang.
package final class Filesystems: Collector {
    private let used = Metric(
        "disk_used_percent",
        unit: "percent",
        isStandard: true,
        "Space in use, of what is not reserved for root, as df shows it."
    )
    private let free = Metric(
        "disk_free_bytes",
        unit: "bytes",
        isStandard: true,
        "Space that programs other than root's can still fill."
    )
    private let total = Metric("disk_total_bytes", unit: "bytes", isStandard: true, "Size of the filesystem.")
    private let inodes = Metric(
        "inodes_used_percent",
        unit: "percent",
        isStandard: true,
        "Inodes in use, of all: each file needs one."
    )
    private let table: KernelFile
    private let hanging: HangingMounts
    /// The table at the last poll. It rarely changes, and a host of containers has thousands of lines.
    private var known: (text: [UInt8], mounts: [MountTable.Mount]) = ([], [])

    package override var metrics: [Metric] { [used, free, total, inodes] }

    package convenience init(roots: Roots, buffer: ReadBuffer = ReadBuffer()) {
        self.init(roots: roots, buffer: buffer, hanging: HangingMounts(patienceMilliseconds: 1_000))
    }

    init(roots: Roots, buffer: ReadBuffer, hanging: HangingMounts) {
        table = KernelFile(roots.proc + "/self/mountinfo", buffer: buffer)
        self.hanging = hanging
        super.init(name: "filesystems")
    }

    package override func collect(
        into output: inout SampleOutput,
        uptimeNanoseconds: UInt64
    ) throws(CollectorFailure) {
        guard let text = try table.read(for: self) else { return }
        if !text.equals(known.text) {
            guard let mounts = MountTable(parsing: text)?.mounts else {
                throw failure("\(table.path) has a line that is cut or no mount")
            }
            known = (text.array, mounts)
        }
        let mounts = known.mounts
        var reasons: [String] = []
        for mount in mounts where !mount.mayHang {
            var space = probe_space()
            mount.point.withCString { probe_space_of($0, &space) }
            if space.error == 0 {
                add(FilesystemSpace(space), of: mount, to: &output)
            } else if let reason = reason(ErrorNumber(code: space.error)) {
                reasons.append("\(mount.instance): \(reason)")
            }
        }
        let remote = mounts.filter { $0.mayHang }
        if !remote.isEmpty {
            for (mount, answer) in zip(remote, hanging.look(at: remote.map { $0.point })) {
                switch answer {
                case .space(let space):
                    add(space, of: mount, to: &output)
                case .error(let error):
                    if let reason = reason(error) { reasons.append("\(mount.instance): \(reason)") }
                case .none(let milliseconds):
                    let seconds = max(1, milliseconds / 1_000)
                    reasons.append(
                        "\(mount.instance) (\(mount.type) \(mount.source)) has not answered for \(seconds) s"
                    )
                }
            }
        }
        if !reasons.isEmpty { throw failure(reasons.joined(separator: "; ")) }
    }

    private func add(_ space: FilesystemSpace, of mount: MountTable.Mount, to output: inout SampleOutput) {
        // df leaves out what has no blocks, too: a pseudo filesystem that nobody has listed.
        guard space.totalBytes > 0 else { return }
        let instance = mount.instance
        if let percent = space.usedPercent { output.add(used, instance: instance, percent) }
        output.add(free, instance: instance, space.availableBytes)
        output.add(total, instance: instance, space.totalBytes)
        if let percent = space.inodesUsedPercent { output.add(inodes, instance: instance, percent) }
    }

    /// nil where the login user may not look, or the mount went meanwhile.
    private func reason(_ error: ErrorNumber) -> String? {
        error.isAbsence || error.code == EACCES || error.code == EPERM ? nil : error.text
    }
}

extension [UInt8] {
    /// The bytes as a C string, which paths of the kernel are: they hold no NUL.
    fileprivate func withCString(_ body: (UnsafePointer<CChar>) -> Void) {
        let string = map { CChar(bitPattern: $0) } + [0]
        string.withUnsafeBufferPointer { if let start = $0.baseAddress { body(start) } }
    }
}
