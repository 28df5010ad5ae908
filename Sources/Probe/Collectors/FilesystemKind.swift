/// What an operator expects of a mounted filesystem in a list of disks.
enum FilesystemKind {
    /// A disk of this machine, or memory that fills up like one.
    case local
    /// Answered by another machine or a program.
    case mayHang
    /// Holds no files of its own, or can never fill up, or is shown elsewhere.
    case leftOut

    init(type: ByteScanner, mountedAt point: [UInt8], isReadOnly: Bool) {
        if Self.isPseudo(type) || Self.isPart(of: point) {
            self = .leftOut
        } else if type.equals("tmpfs") {
            self = isReadOnly || Self.isPrivateMemory(point) ? .leftOut : .local
        } else if type.equals("overlay") || type.equals("aufs") {
            // A container's layers lie on a disk that is listed itself; in a container they are all there is.
            self = point == [0x2F] ? .local : .leftOut
        } else if type.starts(with: "fuse") {
            self = .mayHang
        } else {
            self = Self.contains(Self.networkTypes, type) ? .mayHang : .local
        }
    }

    /// No files of their own, and images, which are always full.
    private static func isPseudo(_ type: ByteScanner) -> Bool {
        contains(pseudoTypes, type) || contains(imageTypes, type)
    }

    private static let pseudoTypes: [StaticString] = [
        "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "securityfs", "debugfs", "tracefs", "configfs",
        "pstore", "efivarfs", "bpf", "mqueue", "hugetlbfs", "fusectl", "autofs", "binfmt_misc", "rpc_pipefs", "nfsd",
        "nsfs", "ramfs", "rootfs", "selinuxfs", "smackfs", "apparmorfs", "resctrl", "cpuset", "functionfs", "usbfs",
        "usbdevfs", "xenfs", "binder", "bdev", "sockfs", "pipefs", "devfs", "spufs", "openpromfs", "fuse.lxcfs",
        "fuse.gvfsd-fuse", "fuse.portal",
    ]

    private static let imageTypes: [StaticString] = [
        "squashfs", "iso9660", "udf", "erofs", "cramfs", "romfs", "fuse.snapfuse", "fuse.squashfuse",
    ]

    private static let networkTypes: [StaticString] = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "9p", "afs", "glusterfs", "lustre", "gpfs", "beegfs",
        "orangefs",
        "pvfs2", "ncpfs", "coda", "gfs2", "ocfs2", "panfs", "davfs", "virtiofs", "vboxsf", "vmhgfs", "prl_fs",
    ]

    /// What container runtimes and sandboxes mount for themselves.
    private static func isPart(of point: [UInt8]) -> Bool {
        for prefix in containerFolders where point.starts(with: prefix) { return true }
        for file in containerFiles where ByteScanner(point).equals(file) { return true }
        return false
    }

    private static let containerFolders: [StaticString] = [
        "/var/lib/docker/", "/var/lib/containers/", "/var/lib/containerd/", "/var/lib/kubelet/", "/run/containerd/",
        "/run/docker/", "/snap/", "/tmp/.mount_",
    ]

    /// Mounted into a container from the disk of its host.
    private static let containerFiles: [StaticString] = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"]

    /// `/run`, `/tmp` and `/dev/shm` can fill up and hurt; what systemd mounts per user, per service and for locks cannot.
    private static func isPrivateMemory(_ point: [UInt8]) -> Bool {
        if ByteScanner(point).equals("/dev/shm") { return false }
        for prefix in memoryFolders where point.starts(with: prefix) { return true }
        return false
    }

    private static let memoryFolders: [StaticString] = [
        "/dev", "/sys/", "/proc/", "/run/user/", "/run/lock", "/run/credentials/", "/run/secrets", "/run/netns",
    ]

    private static func contains(_ types: [StaticString], _ type: ByteScanner) -> Bool {
        for candidate in types where type.equals(candidate) { return true }
        return false
    }
}
