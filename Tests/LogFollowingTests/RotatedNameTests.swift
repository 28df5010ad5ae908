import Testing

@testable import LogFollowing

struct RotatedNameTests {
    private func name(_ name: String, of log: String = "access.log") -> RotatedName? {
        RotatedName(Array(name.utf8), of: Array(log.utf8))
    }

    @Test(arguments: [
        "access.log.1", "access.log.12.gz", "access.1.log", "access.log-20261121", "access.log-2026-11-21",
        "access-20261121.log", "access-20261121.log.gz", "access.log-20261121-1763700000.xz", "access.log_2026112113",
        "access.log.old", "access.log.0", "access.log.1763700000", "access.log-2026-11-21T13:00:00.zst",
    ])
    func knowsARotatedFile(file: String) {
        #expect(name(file) != nil)
    }

    @Test(arguments: [
        "access.log", "access.log.", "access.log.bak", "access.log~", "access.log.1~", "access.log1", "other.log.1",
        "access.login", "access-vhost.log", "access.log.gz", "error.log-20261121", "access.log.x1", "access_api.log.1",
    ])
    func knowsAnotherFile(file: String) {
        #expect(name(file) == nil)
    }

    @Test(arguments: [
        ("access.log.2", "access.log.1"), ("access.log.10.gz", "access.log.9"), ("access.log.1", "access.log.0"),
        ("access.log-20261120", "access.log-20261121.gz"), ("access.log-20261121", "access.log-20261121-1763700000"),
        ("access-20261231.log", "access-20270101.log"), ("access.log.1763700000", "access.log.1763700001"),
        ("access.log.1", "access.log-20261121"), ("access.log.old", "access.log.0_"),
    ])
    func tellsTheOlderOne(older: String, newer: String) throws {
        let (first, second) = (try #require(name(older)), try #require(name(newer)))
        #expect(first.isOlder(than: second))
        #expect(!second.isOlder(than: first))
    }
}
