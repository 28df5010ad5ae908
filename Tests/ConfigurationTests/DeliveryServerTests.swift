import Testing

@testable import Configuration

/// `sftp://user@host:port/folder`.
struct DeliveryServerTests {
    @Test(arguments: [
        ("sftp://loader@edw.example.org:2222/incoming", "loader", "edw.example.org", UInt16(2222), "/incoming"),
        ("sftp://edw.example.org/incoming/shop/", nil, "edw.example.org", 22, "/incoming/shop"),
        ("SFTP://192.0.2.50/", nil, "192.0.2.50", 22, "/"),
        ("sftp://192.0.2.50//", nil, "192.0.2.50", 22, "/"),
        ("sftp://loader@[2001:db8::1]:2222/in", "loader", "2001:db8::1", 2222, "/in"),
        ("sftp://[fe80::1%25eth0]/in", nil, "fe80::1%eth0", 22, "/in"),
        ("sftp://[fe80::1%eth0]", nil, "fe80::1%eth0", 22, "."),
        ("sftp://edw", nil, "edw", 22, "."),
        ("sftp://edw/~", nil, "edw", 22, "."),
        ("sftp://edw/~/", nil, "edw", 22, "."),
        ("sftp://edw/~/in/x/", nil, "edw", 22, "in/x"),
        ("sftp://edw/~loader/in", nil, "edw", 22, "/~loader/in"),
        ("sftp://DOMAIN%5Cloader@edw/in", "DOMAIN\\loader", "edw", 22, "/in"),
        ("sftp://loader%40example.org@edw/in", "loader@example.org", "edw", 22, "/in"),
        ("sftp://loader@example.org@edw/in", "loader@example.org", "edw", 22, "/in"),
        ("sftp://edw/with%20space/%C3%BC/ü/100%25%3f", nil, "edw", 22, "/with space/ü/ü/100%?"),
    ])
    func reads(text: String, user: String?, host: String, port: UInt16, directory: String) throws {
        let server = try DeliveryServer(parsing: text)
        #expect(server.user == user)
        #expect(server.host == host)
        #expect(server.port == port)
        #expect(server.directory == directory)
    }

    @Test(arguments: [
        "", "sftp:", "sftp:/", "sftp://", "sftp:///in", "ftp://edw/in", "edw:/in", "sftp://:22/in", "sftp://edw:22x/in",
        "sftp://edw:65536/in", "sftp://edw:-1/in", "sftp://edw:22:22/in", "sftp://a b/in", "sftp://edw/%00",
        "sftp://edw/%",
        "sftp://edw/%+1", "sftp://edw/a\u{7}", "sftp://[]/in", "sftp://[::1]x/in", "sftp://[::1", "sftp://x%2Fy@edw/in",
    ])
    func refuses(text: String) {
        #expect(throws: DeliveryServer.Invalid.self) { try DeliveryServer(parsing: text) }
    }

    @Test(arguments: ["sftp://loader:hunter2@edw/in", "sftp://loader:@edw/in", "sftp://loader:hunter2@edw@x/in"])
    func tellsWhereAPasswordBelongs(text: String) {
        let error = #expect(throws: DeliveryServer.Invalid.self) { try DeliveryServer(parsing: text) }
        #expect(error?.allowed.contains("password-file") == true)
        #expect(error.map { "\($0)" }?.contains("hunter2") == false)
    }

    @Test func aLongFolderIsRefused() {
        let long = String(repeating: "x", count: 1_000)
        #expect(throws: DeliveryServer.Invalid.self) { try DeliveryServer(parsing: "sftp://edw/\(long)") }
    }
}
