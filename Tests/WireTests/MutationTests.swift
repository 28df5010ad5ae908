import TestServers
import Testing
import Wire

/// Foreign bytes: whatever comes, it is decoded or refused, and never ends the process.
struct MutationTests {
    /// A few random changes of the kinds that reach deep: bits, bytes, lengths, cuts, repeated and foreign parts.
    private func mutate(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            if bytes.isEmpty { return random.bytes(8) }
            let position = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<7, using: &random) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[position] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
            case 2: bytes.removeSubrange(position...)
            case 3: bytes.remove(at: position)
            case 4: bytes.insert(contentsOf: random.bytes(3), at: position)
            case 5: bytes.replaceSubrange(position..., with: [UInt8](repeating: 0xff, count: 10))
            default: bytes += bytes[position...].prefix(20)
            }
        }
        return bytes
    }

    @Test func mutatedMessagesAreDecodedOrRefused() {
        var random = SeededGenerator(seed: 100)
        var refused = 0
        for _ in 0..<300 {
            let (request, reply) = (random.request().encode(), random.reply().encode())
            for _ in 0..<25 {
                do {
                    // What is accepted has one encoding, apart from repaired UTF-8.
                    _ = try Request(decoding: mutate(request, &random)).encode()
                } catch { refused += 1 }
                do { _ = try Reply(decoding: mutate(reply, &random)).encode() } catch { refused += 1 }
            }
        }
        #expect(refused > 5_000)
    }

    @Test func randomBytesAreRefused() {
        var random = SeededGenerator(seed: 101)
        for _ in 0..<10_000 {
            let bytes = random.bytes(Int.random(in: 0...64, using: &random))
            _ = try? Request(decoding: bytes)
            _ = try? Reply(decoding: bytes)
        }
    }

    @Test func ofMutatedFramesOnlyUntouchedOnesInTheirPlaceComeThrough() throws {
        var random = SeededGenerator(seed: 102)
        let key = Frame.randomKey()
        for _ in 0..<1_000 {
            let sealer = try FrameSealer(key: key, direction: .toServer)
            let messages = (0..<3).map { _ in random.bytes(Int.random(in: 0...80, using: &random)) }
            let frames = try messages.flatMap { try sealer.seal($0) }
            let opener = try FrameOpener(key: key, direction: .toServer)
            var opened: [[UInt8]] = []
            var rest = mutate(frames, &random)[...]
            do {
                while !rest.isEmpty {
                    let piece = rest.prefix(Int.random(in: 1...60, using: &random))
                    rest = rest.dropFirst(piece.count)
                    opener.feed(piece)
                    while let message = try opener.next() { opened.append(message) }
                }
            } catch {}
            #expect(opened == Array(messages.prefix(opened.count)))
        }
    }

    @Test func mutatedPreamblesAreFoundOrRefused() {
        var random = SeededGenerator(seed: 103)
        for _ in 0..<2_000 {
            var scanner = PreambleScanner()
            var rest = mutate(random.bytes(30) + Preamble.marker + random.bytes(10), &random)[...]
            while !rest.isEmpty, case .needMore = scanner.feed(rest.prefix(7)) { rest = rest.dropFirst(7) }
            _ = scanner.banner
        }
    }
}
