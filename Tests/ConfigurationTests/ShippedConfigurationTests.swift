import Foundation
import TestServers
import Testing

@testable import Configuration

/// The server_config.xml at the top of the repository: the manual of the configuration.
struct ShippedConfigurationTests {
    static let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let path = top.appending(path: "server_config.xml").path

    static func text() throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }

    @Test func passes() throws {
        let configuration = try ServerConfiguration.load(ShippedConfigurationTests.path, account: FixtureTests.account)
        #expect(configuration.hosts.map(\.name) == ["localhost"])
        #expect(configuration.database == nil)
        #expect(configuration.smtp == nil)
        // Nothing but that it sends no mail.
        #expect(configuration.warnings.count == 1)
    }

    /// What its comments offer must work when the comment marks are taken away.
    @Test(arguments: ["example", "instead"])
    func itsExamplesPassToo(kind: String) throws {
        let marker = "<!-- \(kind):\n"
        var parts = try ShippedConfigurationTests.text().components(separatedBy: marker)
        #expect(parts.count > 2)
        for index in parts.indices.dropFirst() {
            let end = try #require(parts[index].range(of: "-->"))
            parts[index].removeSubrange(end)
        }
        let folder = try TestFolder("shipped")
        let path = try folder.file("server_config.xml", parts.joined())
        let configuration = try ServerConfiguration.load(path, account: FixtureTests.account)
        #expect(configuration.database != nil)
        #expect(configuration.smtp != nil)
        if kind == "example" {
            #expect(
                configuration.hosts.map(\.name) == [
                    "gw-1", "till-1", "sw-2", "till-2", "localhost", "web-1", "web-2", "web-3", "switch-1", "mx-1",
                    "shop-1",
                    "shop-2",
                ]
            )
            #expect(configuration.hosts.last?.logs.map(\.name) == ["access", "admin"])
        }
    }

    @Test func mentionsEveryElementAndAttribute() throws {
        let text = try ShippedConfigurationTests.text()
        for element in Grammar.elements {
            #expect(text.contains("<\(element.name)"), "<\(element.name)> is missing in server_config.xml")
            for attribute in element.allAttributes {
                let mentioned = text.contains(" \(attribute.name)=\"") || text.contains(" \(attribute.name) ")
                #expect(mentioned, "\(attribute.name) of <\(element.name)> is missing in server_config.xml")
            }
        }
    }

    /// Whole configurations shown in the documentation are without errors, too.
    @Test(
        arguments: ["README.md", "docs/configuration.md"]
            .filter { FileManager.default.fileExists(atPath: top.appending(path: $0).path) }
    )
    func theDocumentationsExamplesPass(document: String) throws {
        let path = ShippedConfigurationTests.top.appending(path: document)
        let text = try String(contentsOf: path, encoding: .utf8)
        let folder = try TestFolder("documentation")
        for block in text.components(separatedBy: "```xml\n").dropFirst() where block.hasPrefix("<metricsd") {
            let end = try #require(block.range(of: "```"))
            let file = try folder.file("server_config.xml", String(block[..<end.lowerBound]))
            #expect(throws: Never.self) { try ServerConfiguration.load(file, account: FixtureTests.account) }
        }
    }
}
