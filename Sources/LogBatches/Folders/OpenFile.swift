import CLinux

/// A descriptor of a file or folder, closed with the value.
final class OpenFile {
    let descriptor: Int32

    /// - Parameter descriptor: taken over.
    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    func status() -> files_status? {
        var status = files_status()
        return files_status_of(descriptor, &status) == 0 ? status : nil
    }

    /// Of one of the folder's entries; nil where it has none of that name.
    func status(of name: String) -> files_status? {
        var status = files_status()
        return files_status_at(descriptor, name, &status) == 0 ? status : nil
    }

    /// The names of a folder's entries, without `.` and `..`; the negative errno where it cannot be read.
    func entries() -> (names: [String], result: Int32) {
        guard let list = files_list(descriptor) else { return ([], -EIO) }
        defer { closedir(list) }
        var names: [String] = []
        var inode: UInt64 = 0
        while let entry = logs_next_entry(list, &inode) {
            let name = String(cString: entry)
            if name != ".", name != ".." { names.append(name) }
        }
        return (names, 0)
    }
}

/// Which file it is, whatever its name.
struct FileIdentity: Equatable {
    let device: UInt64
    let inode: UInt64

    init(_ status: files_status) {
        device = status.device
        inode = status.inode
    }
}
