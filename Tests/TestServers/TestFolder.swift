import Foundation

/// A private folder under the system's temporary directory that goes with the value.
package final class TestFolder: Sendable {
    package let path: String

    package init(_ name: String = "test") throws {
        var template = Array("/tmp/metricsd-\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of an entry in the folder; writes `contents` to it where given.
    @discardableResult
    package func file(_ name: String, _ contents: String? = nil, mode: Int = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        if let contents {
            try Data(contents.utf8).write(to: URL(fileURLWithPath: file))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        }
        return file
    }
}
