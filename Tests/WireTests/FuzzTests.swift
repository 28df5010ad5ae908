import TestServers
import Testing
import Wire

/// Foreign bytes from the channel: whatever comes, it is decoded or refused. What is decoded has one encoding.
struct FuzzTests {
    private static let words = [
        "cpu_percent", "/", "web-1", "\u{0}\u{0}\u{0}\u{0}", "\u{1}\u{0}", "é", Preamble.text, "\n\u{1}metricsd-probe/",
        " ready\n",
    ]

    @Test func requests() throws {
        var random = SeededGenerator(seed: 100)
        let summary = try Fuzzing("request", words: Self.words, written: random.list(100) { $0.request().encode() }).run
        {
            input,
            _ in
            do throws(WireError) {
                let request = try Request(decoding: input)
                return Self.judge(input, request, request.encode()) { try Request(decoding: $0) }
            } catch { return .refused("\(error)") }
        }
        #expect(summary.accepted * 50 > summary.inputs)
    }

    @Test func replies() throws {
        var random = SeededGenerator(seed: 101)
        let summary = try Fuzzing("reply", words: Self.words, written: random.list(100) { $0.reply().encode() }).run {
            input,
            _ in
            do throws(WireError) {
                let reply = try Reply(decoding: input)
                let parts = reply.encodeInParts()
                guard parts.front + parts.rest == reply.encode() else { return .broken("its parts are not the whole") }
                return Self.judge(input, reply, reply.encode()) { try Reply(decoding: $0) }
            } catch { return .refused("\(error)") }
        }
        #expect(summary.accepted * 50 > summary.inputs)
    }

    /// - Parameter encoded: what the decoded value is encoded to.
    private static func judge<Message: Equatable>(
        _ input: [UInt8],
        _ message: Message,
        _ encoded: [UInt8],
        _ decode: ([UInt8]) throws -> Message
    ) -> Fuzzing.Outcome {
        guard let again = try? decode(encoded) else { return .broken("its own encoding is refused") }
        guard again == message else { return .broken("its own encoding means something else") }
        // Only a text that is no UTF-8 is changed.
        guard encoded == input || encoded.contains([0xef, 0xbf, 0xbd]) else { return .broken("it has two encodings") }
        return .accepted
    }

    @Test func frames() throws {
        let key = Array<UInt8>(0..<32)
        var random = SeededGenerator(seed: 102)
        let messages = [0, 1, 3, 80, 200].map { random.bytes($0) }
        let sealer = try FrameSealer(key: key, direction: .toServer)
        let frames = try messages.map { try sealer.seal($0) }
        let back = try FrameSealer(key: key, direction: .toProbe).seal([1, 2, 3])
        let written = [frames.flatMap { $0 }, frames[0] + frames[2], frames[0] + frames[1] + frames[0], back]
        let summary = try Fuzzing("frame", written: written).run { input, random in
            let opener = try FrameOpener(key: key, direction: .toServer)
            var opened: [[UInt8]] = []
            var rest = input[...]
            do throws(WireError) {
                while !rest.isEmpty {
                    let piece = rest.prefix(Int.random(in: 1...120, using: &random))
                    rest = rest.dropFirst(piece.count)
                    opener.feed(piece)
                    while let message = try opener.next() { opened.append(message) }
                    if opener.bufferedByteCount > input.count { return .broken("more is kept than came") }
                }
            } catch {
                guard opened == Array(messages.prefix(opened.count)) else { return .broken("a frame came through") }
                opener.feed(frames[0])
                guard (try? opener.next()) == nil, opener.bufferedByteCount == 0 else {
                    return .broken("it goes on behind a refused frame")
                }
                return .refused("\(error)")
            }
            if opener.bufferedByteCount > 0 { return .refused("cut") }
            let sent = frames.prefix(opened.count).flatMap { $0 }
            return opened == Array(messages.prefix(opened.count)) && input == sent
                ? .accepted : .broken("altered frames came through")
        }
        #expect(summary.refusals.count > 5)
    }

    @Test func preambles() throws {
        try Fuzzing("preamble", words: Self.words, lengthLimit: 70 << 10).run { input, random in
            var whole = PreambleScanner()
            let expected = whole.feed(input)
            var scanner = PreambleScanner()
            var rest = input[...]
            var outcome = PreambleScanner.Outcome.needMore
            while !rest.isEmpty, outcome == .needMore {
                let piece = rest.prefix(Int.random(in: 1...max(10, input.count / 4), using: &random))
                rest = rest.dropFirst(piece.count)
                outcome = scanner.feed(piece)
            }
            for banner in [whole.banner, scanner.banner] {
                guard banner.utf8.count <= 600, !banner.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
                    return .broken("its banner is not 200 printable characters")
                }
            }
            switch (expected, outcome) {
            case (.found(let all), .found(let some)):
                return all == some + rest ? .accepted : .broken("other bytes are left in pieces than in one")
            case (.found, .notFound), (.versionMismatch, .notFound):
                // In pieces it gives up as soon as there were too many bytes.
                return input.count > PreambleScanner.maximumSkipped ? .refused("late") : .broken("not found in pieces")
            default: return expected == outcome ? .refused("\(outcome)") : .broken("\(outcome) instead of \(expected)")
            }
        }
    }
}

extension Preamble {
    fileprivate static var text: String { String(decoding: marker, as: UTF8.self) }
}
