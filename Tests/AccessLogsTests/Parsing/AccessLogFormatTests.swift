import AccessLogs
import Testing

struct AccessLogFormatTests {
    @Test func isNamedAsInTheConfiguration() {
        #expect(AccessLogFormat.allCases.map(\.rawValue) == ["auto", "common", "combined", "w3c", "plain"])
    }
}
