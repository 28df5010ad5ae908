import Foundation
import TestServers
import Testing

/// What the documentation says of this repository.
struct DocumentationTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func files(in folder: String, _ pathExtension: String) throws -> [URL] {
        let found = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
        return try #require(found).compactMap { $0 as? URL }.filter { $0.pathExtension == pathExtension }
    }

    private static func text(_ files: [URL]) throws -> String {
        try files.map { try String(contentsOf: $0, encoding: .utf8) }.joined(separator: "\n")
    }

    /// `Target/Suite` and `Target/Suite.test` name tests that there are.
    @Test func theTestsThatItNamesAreThere() throws {
        let documents = try Self.files(in: "docs", "md") + Self.files(in: "scripts/faults.d", "py")
        let pattern = /([A-Z]\w+Tests)\/([A-Z]\w+Tests)(?:\.([a-z]\w+))?/
        var targets: [Substring: String] = [:]
        var count = 0
        for document in documents {
            for match in try String(contentsOf: document, encoding: .utf8).matches(of: pattern) {
                let (named, target, suite, test) = match.output
                let code = try targets[target] ?? Self.text(Self.files(in: "Tests/\(target)", "swift"))
                targets[target] = code
                let hasSuite = code.contains("struct \(suite) ") || code.contains("class \(suite) ")
                #expect(hasSuite, "\(named) in \(document.lastPathComponent)")
                guard let test else { continue }
                #expect(code.contains("func \(test)("), "\(named) in \(document.lastPathComponent)")
                count += 1
            }
        }
        #expect(count >= 20)
    }
}
