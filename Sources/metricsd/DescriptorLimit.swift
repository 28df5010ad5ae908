import Glibc

/// How many files and sockets this program may have open.
enum DescriptorLimit {
    /// Each host needs one at least, and many systems give a program 1,024 unless it asks for more.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        // Some give billions, for which a database server that is started later would make room.
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 65_536))
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
