import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

extension HostIdentity {
    /// Reads who this host is (`man 5 machine-id`, `man 2 uname`).
    static func read(roots: Roots) -> HostIdentity {
        var name = utsname()
        uname(&name)
        var machineID = firstWord(of: roots.etc + "/machine-id")
        // Older systems without systemd have D-Bus's.
        if machineID.isEmpty { machineID = firstWord(of: roots.var + "/lib/dbus/machine-id") }
        return HostIdentity(
            machineID: machineID,
            kernel: text(name.release),
            architecture: text(name.machine),
            nodeName: text(name.nodename),
            clock: SystemClock.now()
        )
    }

    private static func firstWord(of path: String) -> String {
        let descriptor = probe_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = bytes.withUnsafeMutableBytes { probe_read(descriptor, $0.baseAddress, $0.count) }
        return String(decoding: bytes.prefix(max(count, 0)).prefix { $0 > 0x20 && $0 < 0x7f }, as: UTF8.self)
    }

    /// A fixed array of C characters, which Swift sees as a tuple.
    private static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
