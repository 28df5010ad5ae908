import TestServers
import Testing
import Wire

/// The probe's own AES-256-GCM against the server's, which is OpenSSL's `EVP` and checked by published vectors.
struct EncryptionTests {
    /// `man 3 OPENSSL_ia32cap`: without AES and carry-less multiplication; on arm64 without anything.
    private static let withoutInstructions = ["OPENSSL_ia32cap=~0x200000200000000", "OPENSSL_armcap=0"]

    @Test(arguments: ProbeExecutable.probes, [[], withoutInstructions])
    func framesOfAnyLengthAreUnderstood(executable: ProbeExecutable, environment: [String]) throws {
        let conversation = try ProbeConversation(executable, environment: environment)
        let sizes = [0, 1, 15, 16, 17, 63, 64, 255, 4_096, 100_003]
        let metrics = sizes.map { String(repeating: "x", count: $0 + 1) }
        let commands = sizes.map {
            CommandPlan(run: "head -c \($0) /dev/zero", deadlineMilliseconds: 20_000, outputLimitBytes: 200_000)
        }
        let (_, unknown) = try conversation.configure(CollectionPlan(metrics: metrics, commands: commands))
        #expect(unknown == sizes.indices.map(UInt16.init))
        for (number, size) in sizes.enumerated() {
            let results = try conversation.run(UInt16(number))
            #expect(results.map(\.output) == [[UInt8](repeating: 0, count: size)])
        }
        #expect(try conversation.end() == 0)
    }
}
