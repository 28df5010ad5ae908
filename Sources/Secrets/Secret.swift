import Foundation

/// A password or passphrase that cannot be printed by accident: descriptions, mirrors and string interpolation show
/// only where it comes from.
///
/// Files and environment variables are read at each use, so a rotated password needs no restart.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package enum Source: Sendable, Hashable {
        case inline(String)
        case file(String)
        case environment(String)
    }

    private let source: Source

    package init(_ source: Source) {
        self.source = source
    }

    /// Blocks for a file read. One trailing line end of a file is not part of the secret.
    package func reveal() throws(SecretError) -> String {
        switch source {
        case .inline(let value):
            return value
        case .environment(let name):
            guard let value = ProcessInfo.processInfo.environment[name] else {
                throw SecretError(
                    description: "the environment variable \(name) is not set; export it before the start"
                )
            }
            return value
        case .file(let path):
            let data: Data
            do {
                data = try Data(contentsOf: URL(fileURLWithPath: path))
            } catch {
                throw SecretError(description: "cannot read the secret file \(path): \(error.localizedDescription)")
            }
            guard var text = String(data: data, encoding: .utf8) else {
                throw SecretError(description: "the secret file \(path) is not UTF-8 text")
            }
            if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
            return text
        }
    }

    package var description: String {
        switch source {
        case .inline: "(secret, inline)"
        case .file(let path): "(secret, file \(path))"
        case .environment(let name): "(secret, environment variable \(name))"
        }
    }

    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A secret that could not be had; names its source, never its value.
package struct SecretError: Error, CustomStringConvertible {
    package let description: String
}
