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
        let fields = Self.firstLine(of: "/proc/self/stat").flatMap { line in
            // The name in parentheses may hold anything.
            line.lastIndex(of: ")").map { line[line.index(after: $0)...].split(separator: " ") }
        }
        // The third field of the line, the state, is the first behind the name.
        threads = fields.flatMap { $0.count > 17 ? Int($0[17]) : nil }
        memoryBytes = fields.flatMap { $0.count > 21 ? UInt64($0[21]) : nil }.map { $0 * UInt64(getpagesize()) }
        descriptors = Self.entries(of: "/proc/self/fd")
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        cpuSeconds =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    private static func firstLine(of path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = fread(&buffer, 1, buffer.count, file)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
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
