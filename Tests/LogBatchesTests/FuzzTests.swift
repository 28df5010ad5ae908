import TestServers
import Testing
import Wire

@testable import LogBatches

struct FuzzTests {
    /// Of every pattern that is accepted come names of files that no folder refuses, one for each part.
    @Test func patternsOfNames() throws {
        let words =
            BatchName.Value.allCases.map { "{\($0.rawValue)}" } + [
                "{yyMMddHH}", "{mm-mm}", "{HHmm-HHmm}", "{part}", "{", "}", "yyyy", "MM", "-", "_", ".", ".log", ".gz",
                "T",
                "é", "\u{301}", "\u{0}", "/", "..", "prefix",
            ]
        let summary = try Fuzzing("batch_name", words: words, lengthLimit: 512).run { input, random in
            let name: BatchName
            do throws(BatchName.Invalid) {
                name = try BatchName(String(decoding: input, as: UTF8.self))
            } catch {
                return .refused(String(error.description.prefix(30)))
            }
            let value = String(decoding: random.bytes(Int.random(in: 0...300, using: &random)), as: UTF8.self)
            let start = Timestamp(milliseconds: Int64(bitPattern: random.next()))
            let names = [1, 2, Int(Int32.max)].map { part in
                name.fileName(
                    prefix: value,
                    host: value,
                    log: "access",
                    address: "fe80::1%eth0",
                    windowStart: start,
                    windowSeconds: Int.random(in: 1...86_400, using: &random),
                    part: part
                )
            }
            for name in names {
                guard name.utf8.count <= 200, !name.isEmpty else { return .broken("a name's length: \(name)") }
                guard !name.utf8.contains(where: { $0 == 0x2f || $0 < 0x20 || $0 > 0x7e }), name.utf8.first != 0x2e
                else { return .broken("a name that means something to a shell: \(name)") }
            }
            return .accepted
        }
        #expect(summary.accepted * 50 > summary.inputs)
    }
}
