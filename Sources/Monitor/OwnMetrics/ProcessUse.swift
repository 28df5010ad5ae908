import Glibc

/// What this process takes of the machine, from /proc/self (man 5 proc) and getrusage(2).
struct ProcessUse {
    var memoryBytes: UInt64?
    var threads: Int?
    var descriptors: Int?
    /// User and system, since the process began.
    var cpuSeconds: Double

    /// Does not block: these files are the kernel's.
    init() {
        // Not /proc/self/stat: what it says of memory is inaccurate, for speed.
        for line in Self.text(of: "/proc/self/status").split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard words.count > 1 else { continue }
            switch words[0] {
            case "VmRSS:": memoryBytes = UInt64(words[1]).map { $0 * 1_024 }
            case "Threads:": threads = Int(words[1])
            default: break
            }
        }
        descriptors = Self.entries(of: "/proc/self/fd")
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        cpuSeconds =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    private static func text(of path: String) -> String {
        guard let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 8_192)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    private static func entries(of path: String) -> Int? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without `.`, `..` and the folder that is being read.
        return max(count - 3, 0)
    }
}
