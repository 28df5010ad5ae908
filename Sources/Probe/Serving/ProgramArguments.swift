import CLinux

/// The arguments that the program was started with. Embedded Swift has no `CommandLine`.
package enum ProgramArguments {
    /// From `/proc/self/cmdline` (`man 5 proc`), without the program's name; empty where `/proc` is not mounted.
    package static func read() -> [String] {
        let descriptor = probe_open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while case let count = buffer.withUnsafeMutableBytes({ probe_read(descriptor, $0.baseAddress, $0.count) }),
            count > 0
        {
            text += buffer[..<count]
        }
        // Each argument ends with a NUL, an empty one too.
        return text.dropLast().split(separator: 0, omittingEmptySubsequences: false).dropFirst()
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
