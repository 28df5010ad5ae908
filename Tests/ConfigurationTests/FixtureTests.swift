import Foundation
import TestServers
import Testing

@testable import Configuration

/// Every `Fixtures/NAME.xml` beside `NAME.expected`: its diagnostics, one a line, as `metricsd check` prints them.
/// A file without errors has its warnings there. To add a case, add both files.
struct FixtureTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".xml") }.map { String($0.dropLast(4)) }.sorted()
    }()

    /// Nothing of the machine that runs the tests gets into the result.
    static let account = LocalAccount(
        name: "monitor",
        home: "/nonexistent/monitor",
        isRoot: false,
        environment: ["SSH_AUTH_SOCK": "/nonexistent/agent", "METRICSD_TEST_SECRET": "from the environment"]
    )

    @Test func thereAreFixtures() {
        #expect(FixtureTests.names.count > 40)
    }

    @Test(arguments: names)
    func saysExactlyWhatIsWrong(name: String) throws {
        // A copy, so that the mode does not depend on the checkout.
        let folder = try TestFolder("fixture")
        let path = try folder.file("\(name).xml")
        try Data(contentsOf: FixtureTests.folder.appending(path: "\(name).xml")).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        let expectation = FixtureTests.folder.appending(path: "\(name).expected")
        let diagnostics: [Diagnostic]
        do throws(ConfigurationErrors) {
            diagnostics = try ServerConfiguration.load(path, account: FixtureTests.account).warnings
        } catch {
            diagnostics = error.diagnostics
            #expect(diagnostics.contains { $0.severity == .error })
        }
        let text = diagnostics.map { "\($0)\n" }.joined()
            .replacing("\(folder.path)/", with: "")
        if ProcessInfo.processInfo.environment["METRICSD_UPDATE_EXPECTED"] != nil {
            try Data(text.utf8).write(to: expectation)
        }
        #expect(text == (try String(contentsOf: expectation, encoding: .utf8)))
        #expect(!text.contains("hunter2"), "a secret got into a diagnostic")
    }
}
