import AccessLogs
import Foundation
import LogBatches
import TestServers
import Testing
import Wire

@Suite struct BatchWriterTests {
    private static let window = Timestamp.morning
    private static let next = Timestamp.morning.after(seconds: 1_200)

    @Test func linesEndInTheFileOfTheirWindow() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        try writer.append([("a\nb\n", Self.window), ("c\n", Self.next), ("late\n", Self.window)])
        try writer.sync()
        store.commit(writer.takeProgress())
        try writer.append("d\n", window: Self.next)
        try writer.sync()
        let second = writer.takeProgress()
        store.commit(second)

        #expect(second.map(\.windowStart) == [Self.next])
        #expect(
            store.files() == [
                "logs/web-1/access/access_26112110_00-19_192.0.2.11.log",
                "logs/web-1/access/access_26112110_20-39_192.0.2.11.log",
            ]
        )
        #expect(try store.batches.map { try store.content($0) } == ["a\nb\nlate\n", "c\nd\n"])
        #expect(store.batches.map(\.lineCount) == [3, 2])
        #expect(store.batches.map(\.byteCount) == [9, 4])
        #expect(store.batches.allSatisfy { $0.state == .open && $0.delivery == "edw" && $0.format == "combined" })
        #expect(writer.takeProgress().isEmpty && !writer.hasProgress)
    }

    @Test func aLogOfEndlessWindowsDoesNotFillTheJournal() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        let pieces = (0..<3_000).map { ("\($0)\n", Self.window.after(seconds: -1_200 * Double($0))) }
        try writer.append(pieces)
        try writer.sync()
        store.commit(writer.takeProgress())
        #expect(store.batches.count <= 1_025)
        #expect(store.batches.reduce(0) { $0 + $1.lineCount } == 3_000)
    }

    @Test func aClockThatIsSetBackDelaysNoBatch() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        try writer.append("a\n", window: Self.window, arrival: Self.next.after(seconds: 7_200))
        try writer.sync()
        store.commit(writer.takeProgress())
        writer.closeDue(now: Self.next.after(seconds: 120), skewMilliseconds: 0, isBehind: false)
        store.commit(writer.takeProgress())
        #expect(store.batches.map(\.state) == [.closed])
    }

    @Test func aBatchIsOnTheDiskForItsOwnerOnly() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        try writer.append("a\n", window: Self.window)
        try writer.sync()
        store.commit(writer.takeProgress())
        let manager = FileManager.default
        let file = store.path(store.batches[0])
        #expect(try manager.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
        for folder in ["logs", "logs/web-1", "logs/web-1/access"] {
            let path = "\(store.folder.stateDirectory)/\(folder)"
            #expect(try manager.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o700)
        }
    }

    @Test func aLineWithoutATimeGoesByItsArrivalOnTheHostsClock() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        // The host's clock is 25 minutes ahead: it is 10:30 there.
        try writer.append("?\n", window: nil, arrival: Self.window.after(seconds: 300), skew: 1_500_000)
        try writer.sync()
        store.commit(writer.takeProgress())
        #expect(store.batches.map(\.windowStart) == [Self.next])
        #expect(store.batches[0].clockSkewMilliseconds == 1_500_000)
        #expect(store.batches[0].openedAt == Self.window.after(seconds: 300))
    }

    @Test func aLastLineWithoutItsNewlineGetsOne() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        try writer.append("a\nb", window: Self.window)
        try writer.append("c\n", window: Self.window)
        try writer.sync()
        writer.closeAll(now: Self.next)
        store.commit(writer.takeProgress())
        #expect(try store.content(store.batches[0]) == "a\nb\nc\n")
        #expect(store.batches[0].sha256 == RunningHash.hexadecimal(of: Array("a\nb\nc\n".utf8)))
    }

    // MARK: Closing

    @Test func aBatchClosesAfterItsWindowByTheServersClock() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        // The host is a minute behind: its window ends a minute later here.
        try writer.append("a\n", window: Self.window, arrival: Self.window.after(seconds: 90), skew: -60_000)
        let due = Self.next.after(seconds: 60 + 120)
        #expect(writer.nextClose(skewMilliseconds: -60_000, isBehind: false) == due)
        writer.closeDue(now: due.after(seconds: -0.001), skewMilliseconds: -60_000, isBehind: false)
        #expect(writer.nextClose(skewMilliseconds: -60_000, isBehind: false) == due)
        try writer.sync()
        writer.closeDue(now: due, skewMilliseconds: -60_000, isBehind: false)
        #expect(writer.nextClose(skewMilliseconds: -60_000, isBehind: false) == nil)
        let batch = try #require(writer.takeProgress().first)
        #expect(batch.state == .closed)
        #expect(batch.closedAt == due)
        #expect(batch.hashState.isEmpty)
        #expect(batch.sha256 == RunningHash.hexadecimal(of: Array("a\n".utf8)))
        #expect(batch.storedBytes == 2)
    }

    @Test func aWindowOfThePastStaysOpenForAWhile() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        let opened = Self.window.after(seconds: 86_400)
        try writer.append("a\n", window: Self.window, arrival: opened)
        #expect(writer.nextClose(skewMilliseconds: 0, isBehind: false) == opened.after(seconds: 120))
        let last = opened.after(seconds: 100)
        try writer.append("b\n", window: Self.window, arrival: last)
        #expect(writer.nextClose(skewMilliseconds: 0, isBehind: false) == opened.after(seconds: 120))
        // While the log is being caught up, lines for it may still come.
        #expect(writer.nextClose(skewMilliseconds: 0, isBehind: true) == last.after(seconds: 120))
    }

    @Test func lateLinesOfAClosedWindowOpenAFurtherPart() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        for text in ["a\n", "b\n", "c\n"] {
            try writer.append(text, window: Self.window)
            try writer.sync()
            writer.closeAll(now: Self.next)
            store.commit(writer.takeProgress())
        }
        #expect(store.batches.map(\.part) == [1, 2, 3])
        #expect(store.batches.map(\.fileName).last == "access_26112110_00-19_192.0.2.11-3.log")
        #expect(try store.batches.map { try store.content($0) } == ["a\n", "b\n", "c\n"])
    }

    @Test func atMost64WindowsAreOpenAndTheOneAppendedLongestAgoCloses() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        // One piece that meets 70 windows; the first of them again before the end.
        var runs = (0..<64).map { ("\($0)\n", Timestamp?.some(Self.window.after(seconds: Double($0) * 1_200))) }
        try writer.append(runs)
        try writer.append("again\n", window: Self.window)
        runs = (64..<70).map { ("\($0)\n", .some(Self.window.after(seconds: Double($0) * 1_200))) }
        try writer.append(runs)
        try writer.sync()
        store.commit(writer.takeProgress())
        let closed = store.batches.filter { $0.state == .closed }
        #expect(closed.map(\.windowStart) == (1...6).map { Self.window.after(seconds: Double($0) * 1_200) })
        #expect(store.batches.count(where: { $0.state == .open }) == BatchWriter.openLimit)
        #expect(try store.content(store.batches[0]) == "0\nagain\n")
        for batch in store.batches.dropFirst() {
            let number = (batch.windowStart.milliseconds - Self.window.milliseconds) / 1_200_000
            #expect(try store.content(batch) == "\(number)\n")
        }
    }

    // MARK: Restarts and settings

    @Test func anotherWriterGoesOnWithAnOpenBatch() throws {
        let store = try StoreHarness()
        for text in ["a\n", String(repeating: "x", count: 100) + "\n", "c\n"] {
            let writer = store.writer()
            try writer.append(text, window: Self.window)
            try writer.sync()
            store.commit(writer.takeProgress())
        }
        let last = store.writer()
        last.closeAll(now: Self.next)
        store.commit(last.takeProgress())
        #expect(store.batches.count == 1)
        let content = try store.bytes(store.batches[0])
        #expect(content.count == 105)
        #expect(store.batches[0].sha256 == RunningHash.hexadecimal(of: content))
        #expect(store.batches[0].lineCount == 3)
    }

    @Test func aChangedWindowLeavesOpenBatchesToTheirTime() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        try writer.append("a\n", window: Self.window)
        try writer.sync()
        store.commit(writer.takeProgress())

        var settings = store.settings
        settings.window = .seconds(3_600)
        settings.delivery = "elsewhere"
        let hourly = try StoreHarness(settings, at: store.folder.stateDirectory)
        hourly.journal = [7: store.batches[0]]
        hourly.journal[7]?.id = 7
        let next = hourly.writer()
        try next.append("b\n", window: Self.window)
        try next.sync()
        hourly.commit(next.takeProgress())
        #expect(hourly.batches.map(\.windowSeconds) == [3_600, 1_200])
        #expect(hourly.batches.map(\.delivery) == ["elsewhere", "elsewhere"])
        next.closeDue(now: Self.next.after(seconds: 120), skewMilliseconds: 0, isBehind: false)
        let closed = next.takeProgress()
        #expect(closed.map(\.windowSeconds) == [1_200])
    }

    // MARK: Directives

    @Test func aBatchThatBeginsInThePieceHasItsSegmentsDirectives() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        let bytes = Array("1\n#Fields: time\n2\n".utf8)
        let fields = Array("#Fields: time\n".utf8)
        try bytes.withUnsafeBytes {
            try writer.append(
                $0,
                segments: [
                    LineSegment(windowStart: Self.window, range: 0..<2, lines: 1),
                    LineSegment(windowStart: Self.next, range: 2..<$0.count, lines: 2, header: fields),
                ],
                header: Array("#Fields: date time\n".utf8),
                arrival: Self.window,
                skewMilliseconds: 0
            )
        }
        try writer.sync()
        store.commit(writer.takeProgress())
        let headers = store.batches.map { String(decoding: $0.header, as: UTF8.self) }
        #expect(headers == ["#Fields: date time\n", "#Fields: time\n"])
        #expect(try store.content(store.batches[1]) == "#Fields: time\n2\n")
    }

    // MARK: Refusals

    @Test func aBatchThatTheJournalDoesNotTakeIsAFailedAppend() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        store.refusesReservations = true
        let error = #expect(throws: BatchError.self) { try writer.append("a\n", window: Self.window) }
        #expect(error?.isTransient == true)
        #expect(
            error?.description.hasSuffix(
                ".log: begin the batch: the journal is full. Free space. Nothing is taken until it succeeds."
            ) == true
        )
        writer.rollBack()
        #expect(store.files().isEmpty)
        store.refusesReservations = false
        try writer.append("a\n", window: Self.window)
        try writer.sync()
        store.commit(writer.takeProgress())
        #expect(try store.content(store.batches[0]) == "a\n")
    }

    @Test func aPieceThatIsNotWhollyCutIntoSegmentsIsRefused() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        let bytes = Array("a\nb\n".utf8)
        for ranges in [[], [0..<2], [2..<4], [0..<2, 0..<2], [0..<5]] as [[Range<Int>]] {
            #expect(throws: BatchError.self) {
                try bytes.withUnsafeBytes {
                    try writer.append(
                        $0,
                        segments: ranges.map { LineSegment(windowStart: nil, range: $0, lines: 1) },
                        arrival: Self.window,
                        skewMilliseconds: 0
                    )
                }
            }
        }
        #expect(store.reservations == 0)
    }

    @Test func aRolledBackRequestLeavesNothing() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        try writer.append("a\n", window: Self.window)
        try writer.sync()
        store.commit(writer.takeProgress())
        let before = store.journal

        try writer.append([("b\n", Self.window), ("c\n", Self.next)])
        try writer.sync()
        writer.closeAll(now: Self.next)
        writer.rollBack()
        #expect(try store.bytes(store.batches[0]) == Array("a\n".utf8))
        #expect(try FileManager.default.attributesOfItem(atPath: store.path(store.batches[0]))[.size] as? Int == 2)
        #expect(writer.takeProgress().isEmpty)
        #expect(store.journal[1] == before[1])

        // The same lines again: the reserved batch is used, none is taken twice.
        try writer.append([("b\n", Self.window), ("c\n", Self.next)])
        try writer.sync()
        writer.closeAll(now: Self.next)
        store.commit(writer.takeProgress())
        #expect(store.reservations == 2)
        #expect(try store.batches.map { try store.content($0) } == ["a\nb\n", "c\n"])
        #expect(store.batches.map(\.sha256) == ["a\nb\n", "c\n"].map { RunningHash.hexadecimal(of: Array($0.utf8)) })
    }

    @Test func aBatchWhoseLinesNeverCameAgainIsNotDelivered() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        try writer.append("a\n", window: Self.window)
        writer.rollBack()
        writer.closeDue(now: Self.next.after(seconds: 120), skewMilliseconds: 0, isBehind: false)
        store.commit(writer.takeProgress())
        #expect(store.batches.map(\.state) == [.closed])
        #expect(store.batches[0].delivery == nil)
        try store.folder.settle(store.batches[0])
        #expect(try store.content(store.batches[0]) == "")
    }
}
