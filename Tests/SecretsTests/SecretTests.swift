import Secrets
import TestServers
import Testing

struct SecretTests {
    @Test func neverShowsItsValue() {
        let secret = Secret(.inline("hunter2"))
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])"] {
            #expect(!text.contains("hunter2"))
        }
    }

    @Test func aFileIsReadAtEachUseWithoutItsLineEnd() throws {
        let folder = try TestFolder("secret")
        let secret = Secret(.file(try folder.file("password", "first\n")))
        #expect(try secret.reveal() == "first")
        try folder.file("password", "second\r\n")
        #expect(try secret.reveal() == "second")
    }

    @Test func aMissingSourceIsNamed() throws {
        #expect(throws: SecretError.self) { try Secret(.file("/nonexistent/password")).reveal() }
        do {
            _ = try Secret(.environment("METRICSD_NO_SUCH_VARIABLE")).reveal()
            Issue.record("an unset variable was revealed")
        } catch {
            #expect(error.description.contains("METRICSD_NO_SUCH_VARIABLE"))
        }
    }
}
