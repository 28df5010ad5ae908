import Alerts
import Testing
import Wire

@Suite struct LogLossTests {
    @Test("A loss is one row and one mail, and leaves no state")
    func once() {
        var host = Dialogue(logs: [Dialogue.access])
        let loss = LogLoss(cause: .truncated, file: "/var/log/nginx/access.log", bytes: 4_096)
        #expect(host.lose(loss, at: 10) == ["noticed log_loss access 4096"])
        #expect(host.lose(loss, at: 20) == ["noticed log_loss access 4096"])
        #expect(host.storedStates == [])
        #expect(host.alerts.states == [])
        #expect(host.tick(at: 100_000) == [])
        #expect(Set(host.rows.keys).count == 2)
        let row = host.rows.values.sorted { $0.openedAt < $1.openedAt }[0]
        #expect(row.type == "log_loss")
        #expect(row.instance == "access")
        #expect(row.unit == "bytes")
        #expect(row.openedAt == Dialogue.moment(10))
        #expect(row.resolvedAt == Dialogue.moment(10))
        #expect(host.notifications.map(\.recipients) == [ops, ops])
    }

    @Test("Who gets nothing gets no mail; the row is there all the same")
    func nobody() {
        var host = Dialogue(logs: [Dialogue.admin])
        let loss = LogLoss(cause: .removed, file: "/var/log/nginx/admin.log", bytes: nil)
        #expect(host.lose(loss, of: "admin", at: 10) == ["noticed quietly log_loss admin"])
        #expect(host.notifications == [])
        #expect(host.lose(loss, of: "unknown", at: 10) == [])
    }

    @Test("Lines that are too long are a row each time, and a mail once an hour")
    func tooLong() {
        var host = Dialogue(logs: [Dialogue.access])
        let loss = LogLoss(cause: .tooLong, file: "/var/log/nginx/access.log", bytes: nil)
        #expect(host.lose(loss, at: 10) == ["noticed log_loss access"])
        #expect(host.lose(loss, at: 20) == ["noticed quietly log_loss access"])
        _ = host.clockSteps(by: 7_200)
        #expect(host.lose(loss, at: 7_200 + 3_609) == ["noticed quietly log_loss access"])
        #expect(host.lose(loss, at: 7_200 + 3_610) == ["noticed log_loss access"])
        let other = LogLoss(cause: .removed, file: "/var/log/nginx/access.log", bytes: nil)
        #expect(host.lose(other, at: 7_200 + 3_611) == ["noticed log_loss access"])
    }

    @Test(
        "The reason names the file, the amount, the cause and what to do",
        arguments: [
            (
                LogLoss.Cause.truncated, UInt64?.some(1_536),
                "1.5 KiB (1536 bytes) of /l.1 are lost: the file was truncated"
            ),
            (.removed, nil, "What was written to /l.1 after it was last read, if anything, is lost: the file"),
            (.unreadableCopy, 1, "1 byte of /l.1 is lost: the rotated copy that holds them is compressed"),
            (.truncated, 800, "800 bytes of /l.1 are lost: the file was truncated"),
            (.tooLong, nil, "Lines of /l.1 are longer than 131070 bytes and were not stored. They are counted"),
            (.tooLong, 4_096, "Lines of /l.1 are longer than 131070 bytes and were not stored: 4.0 KiB (4096 bytes)."),
            (.readFailed, 2_048, "2.0 KiB (2048 bytes) of /l.1 are lost: the rest of the rotated file"),
        ]
    )
    func reasons(cause: LogLoss.Cause, bytes: UInt64?, beginning: String) {
        let text = LogLoss(cause: cause, file: "/l.1", bytes: bytes).text
        #expect(text.hasPrefix(beginning))
        #expect(text.split(separator: "\n").count == 2)
    }
}
