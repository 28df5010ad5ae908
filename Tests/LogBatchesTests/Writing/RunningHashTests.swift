import LogBatches
import TestServers
import Testing

@Suite struct RunningHashTests {
    @Test func itIsSHA256() {
        // FIPS 180-4, of the empty message and of "abc".
        #expect(
            RunningHash.hexadecimal(of: []) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        )
        #expect(
            RunningHash.hexadecimal(of: Array("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
    }

    @Test func itGoesOnFromItsStateAtEveryLength() throws {
        var generator = SeededGenerator(seed: 1)
        let content = generator.bytes(300)
        for cut in 0...content.count {
            var first = RunningHash()
            content[..<cut].withUnsafeBytes { first.update($0) }
            let state = first.state
            #expect((41...104).contains(state.count))
            var second = try #require(RunningHash(state: state))
            #expect(second.count == UInt64(cut))
            content[cut...].withUnsafeBytes { second.update($0) }
            #expect(second.hexadecimal == RunningHash.hexadecimal(of: content))
        }
    }

    /// The form is kept in journals: it may not change without a new version.
    @Test func theStateIsDocumentedBytes() {
        var hash = RunningHash()
        Array("abc".utf8).withUnsafeBytes { hash.update($0) }
        let words: [UInt8] = [0x6A, 0x09, 0xE6, 0x67, 0xBB, 0x67, 0xAE, 0x85]
        #expect(Array(hash.state[..<9]) == [1] + words)
        #expect(Array(hash.state[33...]) == [0, 0, 0, 0, 0, 0, 0, 3] + Array("abc".utf8))
    }

    @Test func aStateThatIsNoneIsRefused() {
        let state = RunningHash().state
        #expect(RunningHash(state: []) == nil)
        #expect(RunningHash(state: Array(state.dropLast())) == nil)
        #expect(RunningHash(state: state + [0]) == nil)
        #expect(RunningHash(state: [2] + state.dropFirst()) == nil)
        var generator = SeededGenerator(seed: 2)
        for length in 0..<200 { _ = RunningHash(state: [1] + generator.bytes(length)) }
    }
}
