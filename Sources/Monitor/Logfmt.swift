import Foundation
package import Logging
import Wire

/// Log lines for people and for programs: time, level, message, then `key=value` pairs, on standard error.
///
/// `2026-11-20T10:15:00.250Z warning web-1: no answer… host=web-1 step=connect`; values with spaces are quoted
/// (https://brandur.org/logfmt). One `write(2)` a line, so that lines of two threads never mix.
package struct LogfmtHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level = .info
    private let write: @Sendable (String) -> Void

    package init(write: @escaping @Sendable (String) -> Void = LogfmtHandler.standardError) {
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var line = "\(Timestamp.now.rfc3339) \(event.level) \(Self.oneLine(event.message.description))"
        let all = event.metadata.map { metadata.merging($0) { _, new in new } } ?? metadata
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(Self.quoted(value.description))"
        }
        write(line + "\n")
    }

    @Sendable package static func standardError(_ line: String) {
        StandardStream.errors.write(line)
    }

    /// Foreign text (a banner, an error of a remote program) must not forge lines or steer a terminal.
    static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
        var line = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n", "\r", "\t": line += " "
            case _ where scalar.properties.generalCategory == .control:
                line += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }

    private static func quoted(_ value: String) -> String {
        let line = oneLine(value)
        guard line.isEmpty || line.contains(where: { " \"=".contains($0) }) else { return line }
        return "\"" + line.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
