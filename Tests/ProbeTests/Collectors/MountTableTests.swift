import Foundation
import Probe
import Testing

@Suite struct MountTableTests {
    static let cases =
        ((try? FileManager.default.contentsOfDirectory(
            atPath: Fixture.folder.appendingPathComponent("filesystems").path
        )) ?? []).filter { $0.hasSuffix(".mountinfo") }.map { String($0.dropLast(10)) }.sorted()

    @Test(arguments: cases)
    func listsWhatAnOperatorExpects(_ name: String) throws {
        let table = MountTable(parsing: ByteScanner(try Fixture.bytes("filesystems/\(name).mountinfo")))
        let expected = String(decoding: try Fixture.bytes("filesystems/\(name).expected"), as: UTF8.self)
        let shown = table.map { table in
            table.mounts.map { mount in
                "\(mount.mayHang ? "may-hang" : "local") \(mount.type) \(mount.source) \(visible(mount.instance))\n"
            }.joined()
        }
        #expect(shown ?? "damaged\n" == expected)
    }

    @Test func thereAreCases() { #expect(Self.cases.count >= 14) }

    @Test func thousandsOfContainersAreReadInTime() throws {
        var text = "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        for number in 0..<5_000 {
            text +=
                "\(100 + number) 20 0:\(100 + number) / /var/lib/docker/overlay2/\(number)/merged rw - overlay overlay rw\n"
        }
        let scanner = ByteScanner(Array(text.utf8))
        let taken = ContinuousClock().measure { #expect(MountTable(parsing: scanner)?.mounts.count == 1) }
        #expect(taken < .seconds(2))
    }

    /// Control characters as `<09>`.
    private func visible(_ text: String) -> String {
        text.unicodeScalars.map { $0.value < 32 ? String(format: "<%02x>", $0.value) : String($0) }.joined()
    }
}
