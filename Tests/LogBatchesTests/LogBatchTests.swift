import LogBatches
import Testing
import Wire

@Suite struct LogBatchTests {
    @Test func aNewBatchIsOpenAndItsNewestLineIsAsOldAsItself() {
        let opened = Timestamp(milliseconds: 1_795_000_000_000)
        let batch = LogBatch(
            host: "web-1",
            log: "access",
            windowStart: Timestamp(milliseconds: 1_794_999_600_000),
            windowSeconds: 1_200,
            fileName: "access.log",
            openedAt: opened
        )
        #expect(batch.state == .open)
        #expect(batch.appendedAt == opened)
        #expect(batch.closedAt == nil)
    }
}
