import Foundation

/// The writer of an access log: its lines are numbered from 0 on, and line n asks for the section `/n` and its number,
/// so that what was counted tells which lines were read, and how often.
package final class NumberedLog {
    package let path: String
    /// Lines written so far, over all files.
    package private(set) var count = 0
    private var descriptor: Int32

    /// - Throws: where the file cannot be made.
    package init(_ path: String) throws {
        self.path = path
        descriptor = try NumberedLog.open(path)
    }

    deinit { close(descriptor) }

    /// Whole lines of the combined format, with the time of now, in one write.
    package func append(_ lines: Int = 1, agent: String = "Mozilla/5.0", path target: String? = nil) {
        var text = ""
        let time = NumberedLog.time()
        for number in count..<count + lines {
            text += "192.0.2.\(number % 250) - - [\(time)] \"GET \(target ?? "/n\(number)") HTTP/1.1\" 200 512 \"-\" "
            text += "\"\(agent)\"\n"
        }
        count += lines
        append(text)
    }

    /// Any bytes; they are not counted.
    package func append(_ text: String) {
        let bytes = Array(text.utf8)
        precondition(write(descriptor, bytes, bytes.count) == bytes.count, "\(path) takes no more")
    }

    /// Rotates as logrotate does by default: the older generations move on by one, the file becomes `.1`, and a new one
    /// takes its name.
    package func rotateByRename(keeping generations: Int = 9) throws {
        try shift(keeping: generations)
        try FileManager.default.moveItem(atPath: path, toPath: "\(path).1")
        close(descriptor)
        descriptor = try NumberedLog.open(path)
    }

    /// Rotates as logrotate's `copytruncate` does.
    package func rotateByCopy(keeping generations: Int = 9) throws {
        try shift(keeping: generations)
        try FileManager.default.copyItem(atPath: path, toPath: "\(path).1")
        precondition(truncate(path, 0) == 0)
    }

    private func shift(keeping generations: Int) throws {
        let files = FileManager.default
        try? files.removeItem(atPath: "\(path).\(generations)")
        for number in stride(from: generations - 1, through: 1, by: -1)
        where files.fileExists(atPath: "\(path).\(number)") {
            try files.moveItem(atPath: "\(path).\(number)", toPath: "\(path).\(number + 1)")
        }
    }

    private static func open(_ path: String) throws -> Int32 {
        let descriptor = Foundation.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        return descriptor
    }

    /// Now, as NCSA httpd writes it, in UTC.
    private static func time() -> String {
        var now = Foundation.time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 40)
        let length = strftime(&text, text.count, "%d/%b/%Y:%H:%M:%S +0000", &parts)
        return String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
