import AccessLogs
import Synchronization
import Testing
import Wire

@testable import Monitor

struct MailboxTests {
    private func report(_ host: Int) -> HostReport {
        HostReport(
            host: host,
            at: ClockReading(wall: Timestamp(milliseconds: 0), running: 0, sinceBoot: 0),
            event: .failed(HostFailure(state: .unreachable, message: "\(host)"))
        )
    }

    @Test func whatManyThreadsPostIsTakenOnceAndInTheirOrder() throws {
        let mailbox = Mailbox()
        let threads = try (0..<4).map { host in
            try NamedThread(name: "post-\(host)") {
                for number in 0..<500 {
                    mailbox.post(
                        HostReport(
                            host: host,
                            at: ClockReading(wall: Timestamp(milliseconds: Int64(number)), running: 0, sinceBoot: 0),
                            event: .failed(HostFailure(state: .unreachable, message: ""))
                        )
                    )
                }
            }
        }
        let taker = Mutex<[[Int64]]>(Array(repeating: [], count: 4))
        let consumer = try NamedThread(name: "take") {
            while let taken = mailbox.take(until: .now + .seconds(5), window: .milliseconds(1)) {
                taker.withLock { numbers in
                    for report in taken.reports { numbers[report.host].append(report.at.wall.milliseconds) }
                }
            }
        }
        threads.forEach { $0.join() }
        mailbox.close()
        consumer.join()
        #expect(taker.withLock { $0 } == Array(repeating: Array(0..<500), count: 4))
    }

    @Test func nothingToTakeIsEmptyAndClosedIsNil() {
        let mailbox = Mailbox()
        #expect(mailbox.take(until: .now, window: .zero)?.isEmpty == true)
        mailbox.post(report(1))
        mailbox.close()
        #expect(mailbox.take(until: .now + .seconds(5), window: .seconds(5))?.reports.count == 1)
        #expect(mailbox.take(until: .now + .seconds(5), window: .seconds(5)) == nil)
    }

    @Test func aFullMailboxSaysThatItHasNoRoom() {
        let mailbox = Mailbox(limit: 2)
        mailbox.post(report(1))
        #expect(mailbox.hasRoom)
        mailbox.post(report(2))
        #expect(!mailbox.hasRoom)
        _ = mailbox.take(until: .now, window: .zero)
        #expect(mailbox.hasRoom)
    }

    @Test func fewLargeReportsOfLogsFillItToo() {
        let mailbox = Mailbox()
        let state = [UInt8](repeating: 0, count: 8 << 20)
        let advance = LogAdvance(log: 0, reading: LogReading(), state: state, bytesBehind: 0)
        for number in 0..<8 {
            #expect(mailbox.hasRoom, "after \(number)")
            var large = report(1)
            large.event = .logRead(advance)
            mailbox.post(large)
        }
        #expect(!mailbox.hasRoom)
        _ = mailbox.take(until: .now, window: .zero)
        #expect(mailbox.hasRoom)
    }
}
