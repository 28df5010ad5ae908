import Testing

@testable import Wire

/// AES-256-GCM against the published vectors (McGrew and Viega, "The Galois/Counter Mode of Operation", test cases
/// 13, 14 and 16), and the frame's layout against bytes made by another implementation.
struct KnownAnswerTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var name: String
        var key: String
        var nonce: String
        var header = ""
        var plain = ""
        var sealed: String

        var testDescription: String { name }
    }

    static let vectors = [
        Vector(
            name: "case 13, empty",
            key: String(repeating: "00", count: 32),
            nonce: String(repeating: "00", count: 12),
            sealed: "530f8afbc74536b9a963b4f1c4cb738b"
        ),
        Vector(
            name: "case 14, one block",
            key: String(repeating: "00", count: 32),
            nonce: String(repeating: "00", count: 12),
            plain: String(repeating: "00", count: 16),
            sealed: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
        ),
        Vector(
            name: "case 16, additional data",
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888",
            header: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            plain: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            sealed: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
        ),
    ]

    @Test(arguments: vectors)
    func publishedVectors(vector: Vector) throws {
        let plain = bytes(vector.plain)
        let expected = bytes(vector.sealed)
        var sealed = [UInt8](repeating: 0, count: expected.count)
        let sealing = try AuthenticatedCipher(key: bytes(vector.key), use: .sealing)
        let isSealed = run(vector, plain, &sealed) { sealing.seal($0, nonce: $1, header: $2, into: $3) }
        #expect(isSealed)
        #expect(sealed == expected)

        var opened = [UInt8](repeating: 0, count: plain.count)
        let opening = try AuthenticatedCipher(key: bytes(vector.key), use: .opening)
        let isOpened = run(vector, expected, &opened) { opening.open($0, nonce: $1, header: $2, into: $3) }
        #expect(isOpened)
        #expect(opened == plain)
    }

    @Test func theFramesLayoutIsFixed() throws {
        // Made with Python's cryptography package: nonce = direction | number, additional data = length, all little
        // endian; the second frame of the direction.
        let sealer = try FrameSealer(key: Array(0..<32), direction: .toProbe)
        _ = try sealer.seal([])
        let frame = try sealer.seal(Array("metricsd".utf8))
        #expect(hex(frame) == "08000000d804abad043b8038a992f5416a9930053c12ed132b662d41")
    }

    @Test func thePreambleIsFixed() {
        #expect(Preamble.marker == Array("\n\u{1}metricsd-probe/1 ready\n".utf8))
    }

    private func run(
        _ vector: Vector,
        _ input: [UInt8],
        _ output: inout [UInt8],
        _ body: (
            UnsafeRawBufferPointer, UnsafeRawBufferPointer, UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer
        ) -> Bool
    ) -> Bool {
        // The pointers are used within the closures only.
        input.withUnsafeBytes { input in
            bytes(vector.nonce).withUnsafeBytes { nonce in
                bytes(vector.header).withUnsafeBytes { header in
                    output.withUnsafeMutableBytes { body(input, nonce, header, $0) }
                }
            }
        }
    }

    private func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
