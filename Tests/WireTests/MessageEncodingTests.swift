import TestServers
import Testing
import Wire

struct MessageEncodingTests {
    @Test func randomRequestsComeBackAsTheyWere() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            let request = random.request()
            #expect(try Request(decoding: request.encode()) == request)
        }
    }

    @Test func randomRepliesComeBackAsTheyWere() throws {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<1_000 {
            let reply = random.reply()
            #expect(try Reply(decoding: reply.encode()) == reply)
        }
    }

    @Test func everyTruncationOfAMessageIsRefused() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<60 {
            let request = random.request().encode()
            for length in 0..<request.count {
                #expect(throws: WireError.self) { try Request(decoding: Array(request[..<length])) }
            }
            let reply = random.reply().encode()
            for length in 0..<reply.count {
                #expect(throws: WireError.self) { try Reply(decoding: Array(reply[..<length])) }
            }
        }
    }

    @Test func bytesBehindAMessageAreRefused() {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<100 {
            #expect(throws: WireError.trailingBytes(1)) { try Request(decoding: random.request().encode() + [0]) }
            #expect(throws: WireError.trailingBytes(2)) { try Reply(decoding: random.reply().encode() + [0, 1]) }
        }
    }

    @Test func unknownKindsAreRefusedByTheirNumber() {
        #expect(throws: WireError.unknownKind(9)) { try Request(decoding: [9]) }
        #expect(throws: WireError.unknownKind(0)) { try Reply(decoding: [0]) }
        #expect(throws: WireError.messageTooShort) { try Reply(decoding: []) }
    }

    @Test func aCountBeyondTheMessageIsRefusedBeforeAnythingIsAllocatedForIt() {
        // A snapshot that names 2^62 samples.
        var writer = ByteWriter()
        writer.write(UInt8(2))
        writer.write(UInt32(1))
        writer.write(Timestamp(milliseconds: 0))
        writer.writeVarint(UInt32(0))
        writer.writeVarint(UInt64(1) << 62)
        #expect(throws: WireError.impossibleLength) { try Reply(decoding: writer.bytes) }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func aValueThatIsNotFiniteIsRefused(value: Double) {
        let snapshot = Snapshot(
            sequence: 1,
            collectedAt: Timestamp(milliseconds: 0),
            samples: [Sample(metric: 0, value: value)]
        )
        #expect(throws: WireError.notFinite) { try Reply(decoding: Reply.snapshot(snapshot).encode()) }
    }

    @Test func sixtySamplesTakeAboutAKilobyte() {
        let samples = (0..<60).map { Sample(metric: UInt16($0), instance: "sda\($0)", value: Double($0)) }
        let snapshot = Snapshot(sequence: 1, collectedAt: Timestamp(milliseconds: 0), samples: samples)
        #expect(Reply.snapshot(snapshot).encode().count < 1_024)
    }

    @Test func theCursorsAddLittleToAMessage() throws {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<50 {
            var chunk = random.logChunk()
            chunk.bytes = [UInt8](repeating: 7, count: LogChunk.byteLimit)
            for index in chunk.cursors.indices {
                chunk.cursors[index].headHash = random.bytes(16)
                chunk.cursors[index].tailHash = random.bytes(16)
            }
            // Room for it is set aside before it is written.
            let size = Reply.logChunk(chunk).encode().count
            #expect(size <= chunk.bytes.count + chunk.header.count + 32 + 112 * chunk.cursors.count)
        }
    }

    @Test(arguments: [[3, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0], [3, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0xff, 0]])
    func aStartThatIsNotKnownIsRefused(message: [UInt8]) {
        #expect(throws: WireError.unknownKind(message[11])) { try Request(decoding: message) }
    }

    @Test func conditionsAndCausesThatAreNotKnownAreRefused() throws {
        let report = LogReport(log: 0, condition: .failed, isAtEnd: true, cursors: [])
        let loss = LogLoss(cause: .readFailed, file: "/a", bytes: nil)
        let answer = LogsRead(sequence: 1, readAt: Timestamp(milliseconds: 0), reports: [report])
        var bytes = Reply.logsRead(answer).encode()
        // Kind, sequence, time, count and number of the log stand before it.
        #expect(bytes[15] == LogReport.Condition.failed.rawValue)
        bytes[15] = 5
        #expect(throws: WireError.unknownKind(5)) { try Reply(decoding: bytes) }

        var lossy = answer
        lossy.reports[0].losses = [loss]
        bytes = Reply.logsRead(lossy).encode()
        #expect(bytes[23] == LogLoss.Cause.readFailed.rawValue)
        bytes[23] = 0
        #expect(throws: WireError.unknownKind(0)) { try Reply(decoding: bytes) }
        // What only the server finds.
        bytes[23] = LogLoss.Cause.tooLong.rawValue
        #expect(throws: WireError.unknownKind(5)) { try Reply(decoding: bytes) }
    }

    @Test func eachErrorSaysWhatIsWrongAndHowToMendIt() {
        let errors: [WireError] = [
            .messageTooShort, .trailingBytes(1), .impossibleLength, .malformedNumber, .unknownKind(1), .notFinite,
            .frameTooLarge(1), .wrongKeyLength(1), .alteredFrame, .replayedFrame, .missingFrame, .reflectedFrame,
            .cutFrame, .cipherFailed,
        ]
        #expect(Set(errors.map(\.description)).count == errors.count)
        for error in errors { #expect(error.description.contains("; ")) }
    }
}
