import Foundation
import TestServers
import Testing

@testable import Configuration

/// Mutations of the shipped file, of every fixture and of saved documents: whatever comes, reading it ends soon, with
/// settings or located errors, and no secret in them.
struct FuzzTests {
    private static let words =
        [
            "<", ">", "/>", "</", "\"", "'", "=", "&", "&amp;", "&#0;", "&#x110000;", "<!--", "-->", "--", "<![CDATA[",
            "]]>", "<!DOCTYPE x>", "<?x", "?>", "<host name=\"a\"/>", "<group>", "</group>", "</metricsd>",
            " port=\"0\"", " password=\"hunter2\"", "\u{0}", "\u{FEFF}", "\u{FFFF}", "é", "9999999999999999999", "-1",
            "ms", "{prefix}", "{HHmm-HHmm}", "sftp://a@b:1/c", "SHA256:", "[::1]",
        ] + Grammar.elements.flatMap { ["<\($0.name)"] + $0.allAttributes.map { " \($0.name)=\"" } }

    @Test func configurations() throws {
        let shipped = try ShippedConfigurationTests.text()
        // Without its comments the file is mostly grammar.
        let grammar = shipped.replacing("<!-- example:", with: "").replacing("-->", with: "").replacing(
            "<!--",
            with: ""
        )
        let fixtures = try FixtureTests.names.map {
            [UInt8](try Data(contentsOf: FixtureTests.folder.appending(path: "\($0).xml")))
        }
        let written = fixtures + [Array(shipped.utf8), Array(grammar.utf8)]
        let summary = try Fuzzing("configuration", words: Self.words, written: written, lengthLimit: 32 << 10)
            .run { input, _ in read(input) }
        #expect(summary.accepted > 0)
    }

    /// What ~/.ssh/config may say, and what it may include: itself.
    @Test func configurationsOfOpenSSH() throws {
        let words = [
            "Host", "Match", "Include", "HostName", "Port", "User", "IdentityFile", "ProxyJump", "web-1", "*", "?", "!",
            " ", "\t", "\n", "\r\n", "=", "\"", "#", ",", ":22", "@", "[::1]", "%h", "%%", "~/.ssh/id", "none", "self",
        ]
        let summary = try Fuzzing("ssh_config", words: words, lengthLimit: 2 << 10).run { input, _ in
            var included = 0
            let configuration = OpenSSHConfiguration(input, file: "config") { pattern in
                // What reads files from the disk has such a bound, too.
                included += 1
                return included <= 20 ? [(file: pattern, text: input)] : []
            }
            let lines = input.count { $0 == 10 } + 1
            guard configuration.ignored.count <= 1_000,
                configuration.ignored.allSatisfy({ (1...lines).contains($0.line) })
            else {
                return .broken("there is no such line")
            }
            var isEmpty = true
            for name in ["web-1", "WEB-1.example.org", ""] {
                let host = configuration.host(name)
                if host != OpenSSHConfiguration.Host() { isEmpty = false }
                if host.port == 0 { return .broken("the port is 0") }
                if let way = host.proxyJump, JumpText(parsing: way) == nil { return .broken("no way: \(way)") }
                let texts = [host.hostName, host.user, host.proxyJump].compactMap { $0 } + host.identityFiles
                guard texts.allSatisfy({ !$0.isEmpty && !$0.unicodeScalars.contains { $0.value < 0x20 } }) else {
                    return .broken("a value with control characters, or none: \(host)")
                }
            }
            return isEmpty ? .refused(configuration.ignored.first?.what ?? "") : .accepted
        }
        #expect(summary.accepted * 20 > summary.inputs)
    }

    private func read(_ bytes: [UInt8]) -> Fuzzing.Outcome {
        let findings = Findings(file: "server_config.xml")
        do throws(DocumentError) {
            let root = try DocumentParser.parse(bytes)
            let file = ConfigurationFile(path: "/nonexistent/server_config.xml", bytes: bytes)
            let reader = SettingsReader(root: root, file: file, account: FixtureTests.account, findings: findings)
            if let configuration = reader.read() {
                guard !configuration.hosts.isEmpty else { return .broken("it has no hosts") }
                guard Set(configuration.hosts.map(\.name)).count == configuration.hosts.count else {
                    return .broken("two hosts have one name")
                }
                guard configuration.warnings.allSatisfy({ $0.severity == .warning }) else {
                    return .broken("it is accepted with errors")
                }
                return .accepted
            }
        } catch {
            findings.error(at: error.location, error.what, allowed: error.allowed)
        }
        guard findings.hasErrors else { return .broken("it is refused without an error") }
        let lines = bytes.count { $0 == 10 || $0 == 13 } + 1
        let document = String(decoding: bytes, as: UTF8.self)
        let holdsSecretsOnly =
            document.ranges(of: "hunter2").count == document.ranges(of: " password=\"hunter2\"").count
        for diagnostic in findings.sorted {
            let text = diagnostic.description
            // Spliced elsewhere it is any word, which errors may quote.
            if holdsSecretsOnly, text.contains("hunter2") { return .broken("a secret stands in: \(text)") }
            if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
                return .broken("control characters stand in: \(text)")
            }
            if let line = diagnostic.location?.line, !(1...lines).contains(line) {
                return .broken("there is no such place: \(text)")
            }
        }
        // Not the names in it, which are endless.
        return .refused(String(findings.sorted[0].description.filter { !$0.isNumber }.suffix(30)))
    }
}
