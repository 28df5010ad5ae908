import Logging
import Synchronization
import Testing

@testable import Monitor

struct LogfmtTests {
    private func line(_ message: Logger.Message, _ metadata: Logger.Metadata = [:]) -> String {
        final class Sink: Sendable { let text = Mutex("") }
        let sink = Sink()
        let logger = Logger(label: "test") { _ in LogfmtHandler { line in sink.text.withLock { $0 += line } } }
        logger.warning(message, metadata: metadata)
        return sink.text.withLock { $0 }
    }

    @Test func timeLevelMessageThenPairs() {
        let line = line("web-1: no answer", ["host": "web-1", "step": "key exchange", "empty": ""])
        #expect(line.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning .*\n/#) != nil)
        #expect(line.hasSuffix(" warning web-1: no answer empty=\"\" host=web-1 step=\"key exchange\"\n"))
    }

    @Test func foreignTextForgesNoLineAndSteersNoTerminal() {
        let line = line("banner \u{1b}[2J\nfake line\r", ["text": "a\n\"b\""])
        #expect(line.count { $0 == "\n" } == 1)
        #expect(!line.unicodeScalars.contains("\u{1b}"))
        #expect(line.contains("text=\"a \\\"b\\\"\""))
    }
}
