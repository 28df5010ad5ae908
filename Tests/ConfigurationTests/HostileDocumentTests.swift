import Foundation
import TestServers
import Testing

@testable import Configuration

/// Documents made to exhaust or to reach out: one clear error each, soon, whatever their size.
@Suite(.serialized)
struct HostileDocumentTests {
    private func refusal(_ text: String) throws -> String {
        try refusal(Data(text.utf8))
    }

    private func refusal(_ data: Data) throws -> String {
        let folder = try TestFolder("hostile")
        let path = folder.path + "/server_config.xml"
        try data.write(to: URL(fileURLWithPath: path))
        return try refusal(path: path)
    }

    private func refusal(path: String) throws -> String {
        let start = ContinuousClock.now
        do throws(ConfigurationErrors) {
            _ = try ServerConfiguration.load(path, account: FixtureTests.account)
        } catch {
            #expect(error.diagnostics.count == 1)
            #expect(ContinuousClock.now - start < .seconds(60), "refusing took too long")
            return error.diagnostics[0].description.replacing("\(path):", with: "FILE:")
        }
        Issue.record("the document was accepted")
        return ""
    }

    @Test func aDeepDocument() throws {
        let count = 100_000
        let text = String(repeating: "<group>", count: count) + String(repeating: "</group>", count: count)
        #expect(try refusal("<metricsd>\n\(text)</metricsd>").hasPrefix("FILE:2:218: error: elements are nested"))
    }

    @Test func aWideDocument() throws {
        let text = "<metricsd>\n" + String(repeating: "<host/>\n", count: 100_001) + "</metricsd>"
        #expect(try refusal(text) == "FILE:100001:1: error: more than 100000 elements")
    }

    @Test func aLongAttribute() throws {
        let text = "<metricsd mail=\"\(String(repeating: "a", count: 3 << 20))\"/>"
        #expect(
            try refusal(text) == "FILE:1:11: error: the value of the attribute 'mail' is longer than 64KiB"
        )
    }

    @Test func anAttributeOfTenMegabytes() throws {
        let text = "<metricsd mail=\"\(String(repeating: "a", count: 10 << 20))\"/>"
        #expect(
            try refusal(text)
                == "FILE: error: the file is larger than 4MiB; a configuration file is at most that large"
        )
    }

    @Test func manyAttributes() throws {
        let text = "<metricsd " + (0..<100_000).map { "a\($0)=\"\"" }.joined(separator: " ") + "/>"
        #expect(try refusal(text).contains("more than 64 attributes on one element"))
    }

    @Test func aLongName() throws {
        let name = String(repeating: "n", count: 1 << 18)
        #expect(try refusal("<metricsd><\(name)/></metricsd>").contains("'<' opens no element here"))
        #expect(try refusal("<metricsd \(name)=\"\"/>").contains("this is not an attribute of <metricsd>"))
    }

    @Test func quadraticBlowUp() throws {
        let entity = "<!DOCTYPE m [<!ENTITY a \"\(String(repeating: "a", count: 50_000))\">]>"
        let text = entity + "<metricsd>\(String(repeating: "&a;", count: 50_000))</metricsd>"
        #expect(try refusal(text).hasPrefix("FILE:1:1: error: a document type is refused"))
    }

    @Test func aDocumentTypeBehindMuchElse() throws {
        let text =
            "<?xml version=\"1.0\"?><!-- \(String(repeating: "x", count: 1 << 20)) -->"
            + "<!DOCTYPE m [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><metricsd mail=\"&a;\"/>"
        #expect(try refusal(text).contains("a document type is refused"))
    }

    @Test func manyReferences() throws {
        let text = "<metricsd>" + String(repeating: "&#65;", count: 100_000) + "</metricsd>"
        _ = try refusal(text + "<")
    }

    @Test func everyLineIsWrong() throws {
        let text = "<metricsd>" + String(repeating: "<hots nmae='x'/>\n", count: 10_000) + "</metricsd>"
        let folder = try TestFolder("hostile")
        let path = try folder.file("server_config.xml", text)
        let start = ContinuousClock.now
        #expect {
            try ServerConfiguration.load(path, account: FixtureTests.account)
        } throws: {
            ($0 as? ConfigurationErrors)?.diagnostics.count == 10_001
        }
        #expect(ContinuousClock.now - start < .seconds(15))
    }

    /// Many hosts times many alerts would be many more rules than lines.
    @Test func hostsTimesAlerts() throws {
        let text =
            "<metricsd mail=\"ops@example.org\">"
            + String(repeating: "<alert type=\"unreachable\"/>", count: 2_000)
            + (0..<2_000).map { "<host name=\"h\($0)\"/>" }.joined() + "</metricsd>"
        let folder = try TestFolder("hostile")
        let path = try folder.file("server_config.xml", text)
        #expect {
            try ServerConfiguration.load(path, account: FixtureTests.account)
        } throws: {
            "\($0)".contains("more than 500000 alerts, commands and logs")
        }
    }

    @Test func whatIsNoFile() throws {
        let folder = try TestFolder("hostile")
        #expect(
            try refusal(path: folder.path + "/missing.xml")
                == "FILE: error: there is no such file; create it or name another one with --config FILE"
        )
        #expect(try refusal(path: folder.path).contains("this is a directory; name the configuration file in it"))
        #expect(try refusal(path: "/dev/zero").contains("this is not a regular file"))
        let pipe = folder.path + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(try refusal(path: pipe).contains("this is not a regular file"))
        let file = try folder.file("file.xml", "<metricsd/>")
        #expect(try refusal(path: file + "/server_config.xml").contains("there is no such file"))
        let loop = folder.path + "/loop"
        #expect(symlink(loop, loop) == 0)
        #expect(try refusal(path: loop).contains("the file cannot be opened"))
        // Root reads everything.
        if geteuid() != 0 {
            try folder.file("closed.xml", "<metricsd/>", mode: 0o000)
            #expect(try refusal(path: folder.path + "/closed.xml").contains("permission denied"))
        }
    }
}
