import AccessLogs
import Testing

struct RequestTargetTests {
    private func section(_ target: String) -> String? {
        var parser = AccessLogParser(.auto)
        return parser.read(CommonLogLineTests.line("\"GET \(target) HTTP/1.1\" 200 5")).request?.section
    }

    @Test(arguments: [
        ("/", "/"), ("/api", "/api"), ("/api/", "/api"), ("/api/user?id=1", "/api"), ("/api?x=/y", "/api"),
        ("/?q=1", "/"), ("/#top", "/"), ("/api#top", "/api"), ("/a%2Fb/c", "/a%2Fb"), ("/%D9%85/x", "/%D9%85"),
        ("/a;v=1/b", "/a;v=1"), ("/über/x", "/über"), ("/../etc", "/.."),
        // The first segment is empty.
        ("//", "/"), ("//api/user", "/"), ("///", "/"),
        // absolute-form
        ("http://host/api/user", "/api"), ("https://host:8443/", "/"), ("http://host", "/"), ("http://host?q", "/"),
        ("http://h#f", "/"), ("ftp+x.1-y://host/a?b", "/a"), ("http://[::1]/api", "/api"), ("http:///api", "/api"),
        // No target.
        ("http:/api", ""), ("http://", ""), ("1http://host/a", ""), ("api/user", ""), ("?q=1", ""), ("**", ""),
    ])
    func findsTheSection(target: String, section: String) {
        #expect(self.section(target) == section)
    }

    @Test func boundsASectionAtTheWidthOfItsColumn() {
        let exact = "/" + String(repeating: "a", count: 254)
        #expect(section(exact) == exact)
        #expect(section(exact + "/x") == exact)
        #expect(section(exact + "b") == exact)
        #expect(section(exact + "b/c") == exact)
    }

    @Test(arguments: ["é", "€", "😀"]) func cutsNoCharacterInTwo(character: String) throws {
        for length in 250...258 {
            let target = "/" + String(repeating: "a", count: length) + character + "b"
            let section = try #require(self.section(target))
            #expect(section.utf8.count <= 255)
            #expect(target.hasPrefix(section))
            #expect(!section.contains("\u{FFFD}"))
            #expect(section.utf8.count >= min(252, length))
        }
    }

    @Test func cutsWhatIsNotUTF8AnywhereWithinTheBound() {
        var parser = AccessLogParser(.auto)
        let before = Array(CommonLogLineTests.line("\"GET /").utf8)
        let line = before + [UInt8](repeating: 0x80, count: 400) + Array(" HTTP/1.1\" 200 5".utf8)
        let reading = line.withUnsafeBytes { parser.read($0) }
        guard case .request(let entry) = reading else {
            Issue.record("not read: \(reading)")
            return
        }
        #expect(entry.section.count == 255)
    }
}
