import CLinux

/// A folder whose entries are listed (`man 3 readdir`).
enum Folder {
    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    /// The entries' names without `.` and `..`, in the kernel's order; none where there is no such folder.
    static func names(in path: String) -> [String] {
        var names: [String] = []
        forEachName(in: path) { name in
            // "." and ".." and hidden files; nothing that is collected starts with a dot.
            if name[0] != 0x2E { names.append(String(cString: name)) }
        }
        return names
    }

    /// - Parameter body: gets each name as a C string that is valid only during the call.
    /// - Returns: false with nothing called where the folder cannot be opened.
    @discardableResult
    static func forEachName(in path: String, _ body: (UnsafePointer<CChar>) -> Void) -> Bool {
        guard let folder = opendir(path) else { return false }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            body(probe_entry_name(entry))
        }
        return true
    }

    /// The last part of what a symbolic link points to; nil where there is no such link.
    static func linkedName(_ path: String) -> String? {
        var target = [UInt8](repeating: 0, count: 1_024)
        let length = target.withUnsafeMutableBytes { memory in
            guard let start = memory.baseAddress else { return 0 }
            return readlink(path, start.assumingMemoryBound(to: CChar.self), memory.count)
        }
        guard length > 0 else { return nil }
        var text = ByteScanner(target, from: 0, to: length)
        _ = text.part(beforeLast: 0x2F)
        return text.string
    }
}
