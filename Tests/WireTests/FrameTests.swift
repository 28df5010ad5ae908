import TestServers
import Testing

@testable import Wire

struct FrameTests {
    private let key = Array<UInt8>(0..<32)

    private func sealer(_ direction: Frame.Direction = .toServer) throws -> FrameSealer {
        try FrameSealer(key: key, direction: direction)
    }

    private func opener(_ direction: Frame.Direction = .toServer) throws -> FrameOpener {
        try FrameOpener(key: key, direction: direction)
    }

    @Test(arguments: [0, 1, 15, 16, 17, 1_000, 100_000])
    func messagesOfAnyLengthComeThroughInPiecesOfAnySize(length: Int) throws {
        var random = SeededGenerator(seed: UInt64(length))
        let (sealer, opener) = (try sealer(), try opener())
        var sent: [[UInt8]] = []
        var received: [[UInt8]] = []
        for _ in 0..<5 {
            sent.append(random.bytes(length))
            var frame = try sealer.seal(sent.last ?? [])[...]
            while !frame.isEmpty {
                let piece = frame.prefix(Int.random(in: 1...max(frame.count / 3, 1), using: &random))
                opener.feed(piece)
                frame = frame.dropFirst(piece.count)
                while let message = try opener.next() { received.append(message) }
            }
        }
        try opener.finish()
        #expect(received == sent)
    }

    @Test func severalFramesInOneReadComeOutInOrder() throws {
        let (sealer, opener) = (try sealer(), try opener())
        opener.feed(try sealer.seal([1]) + sealer.seal([2]) + sealer.seal([]) + sealer.seal([3]))
        #expect(try opener.next() == [1])
        #expect(try opener.next() == [2])
        #expect(try opener.next() == [])
        #expect(try opener.next() == [3])
        #expect(try opener.next() == nil)
    }

    @Test func oneBitAlteredInAnyByteIsRefused() throws {
        let frame = try sealer().seal(Array("thirty-two bytes of a plain text".utf8))
        for position in frame.indices {
            for bit in 0..<8 {
                var altered = frame
                altered[position] ^= 1 << bit
                let opener = try opener()
                opener.feed(altered)
                // A longer length waits for bytes that never come; the end of the channel refuses it.
                #expect(throws: WireError.self, "byte \(position) bit \(bit)") {
                    let message = try opener.next()
                    #expect(message == nil)
                    try opener.finish()
                }
            }
        }
    }

    @Test func aReplayedFrameIsToldAsSuch() throws {
        let (sealer, opener) = (try sealer(), try opener())
        let first = try sealer.seal([1])
        opener.feed(first)
        #expect(try opener.next() == [1])
        opener.feed(first)
        #expect(throws: WireError.replayedFrame) { try opener.next() }
    }

    @Test func framesOutOfOrderAreToldAsSuch() throws {
        let (sealer, opener) = (try sealer(), try opener())
        let first = try sealer.seal([1])
        opener.feed(try sealer.seal([2]) + first)
        #expect(throws: WireError.missingFrame) { try opener.next() }
    }

    @Test func aFrameOfTheOtherDirectionIsToldAsSuch() throws {
        let opener = try opener(.toProbe)
        opener.feed(try sealer(.toServer).seal([1]))
        #expect(throws: WireError.reflectedFrame) { try opener.next() }
    }

    @Test func aFrameUnderAnotherKeyIsRefused() throws {
        let opener = try FrameOpener(key: Frame.randomKey(), direction: .toServer)
        opener.feed(try sealer().seal([1]))
        #expect(throws: WireError.alteredFrame) { try opener.next() }
    }

    @Test func aFrameCutAtAnyByteIsRefusedAtTheEnd() throws {
        let frame = try sealer().seal([1, 2, 3])
        for length in 1..<frame.count {
            let opener = try opener()
            opener.feed(frame[..<length])
            #expect(try opener.next() == nil)
            #expect(throws: WireError.cutFrame) { try opener.finish() }
        }
    }

    @Test func nothingIsOpenedBehindARefusedFrame() throws {
        let (sealer, opener) = (try sealer(), try opener())
        var altered = try sealer.seal([1])
        altered[5] ^= 1
        opener.feed(try altered + sealer.seal([2]))
        #expect(throws: WireError.alteredFrame) { try opener.next() }
        #expect(throws: WireError.alteredFrame) { try opener.next() }
        #expect(throws: WireError.alteredFrame) { try opener.finish() }
        #expect(opener.bufferedByteCount == 0)
    }

    @Test func aLengthAboveTheLimitIsRefusedByItsHeaderAlone() throws {
        let opener = try opener()
        opener.feed([1, 0, 0, 1])
        #expect(throws: WireError.frameTooLarge(Frame.maximumLength + 1)) { try opener.next() }
    }

    @Test func theLongestMessageComesThroughALongerOneIsNotSealed() throws {
        let (sealer, opener) = (try sealer(), try opener())
        opener.feed(try sealer.seal([UInt8](repeating: 7, count: Frame.maximumLength)))
        #expect(try opener.next()?.count == Frame.maximumLength)
        #expect(throws: WireError.frameTooLarge(Frame.maximumLength + 1)) {
            try sealer.seal([UInt8](repeating: 7, count: Frame.maximumLength + 1))
        }
    }

    @Test func aKeyOfAnotherLengthIsRefused() {
        #expect(throws: WireError.wrongKeyLength(16)) {
            try FrameSealer(key: .init(repeating: 0, count: 16), direction: .toProbe)
        }
        #expect(throws: WireError.wrongKeyLength(0)) { try FrameOpener(key: [], direction: .toProbe) }
    }

    @Test func eachKeyIsAnother() {
        let keys = (0..<100).map { _ in Frame.randomKey() }
        #expect(Set(keys).count == 100)
        #expect(keys.allSatisfy { $0.count == 32 })
    }

    @Test func theSameMessageIsSealedDifferentlyEachTime() throws {
        let sealer = try sealer()
        #expect(try sealer.seal([1, 2, 3]) != sealer.seal([1, 2, 3]))
    }
}
