import Foundation
import Glibc
import Probe
import TestServers
import Testing

@Suite struct LoggedInUsersTests {
    @Test(arguments: [("x86-64", 384), ("arm64", 400)])
    func readsTheRecordsOfEachArchitecture(_ architecture: String, _ size: Int) throws {
        let bytes = try Fixture.bytes("utmp/\(architecture).utmp")
        #expect(LoggedInUsers.parse(ByteScanner(bytes), recordBytes: size) == [801, 802, 900])
    }

    @Test func aCutRecordIsDamage() throws {
        #expect(LoggedInUsers.parse(ByteScanner(try Fixture.bytes("utmp/cut.utmp")), recordBytes: 384) == nil)
    }

    @Test func anEmptyFileIsNobody() {
        #expect(LoggedInUsers.parse(ByteScanner([]), recordBytes: 384) == [])
    }

    @Test func theRecordIsThatOfTheCLibrary() {
        #expect(MemoryLayout<utmp>.size == LoggedInUsers.recordBytes)
        #expect(MemoryLayout<utmp>.offset(of: \.ut_type) == 0)
        #expect(MemoryLayout<utmp>.offset(of: \.ut_pid) == 4)
        #expect(USER_PROCESS == 7)
    }

    @Test func onlyLoginsWhoseProcessLivesCount() throws {
        let place = try TestFolder("utmp")
        try FileManager.default.createDirectory(atPath: place.path + "/run", withIntermediateDirectories: true)
        var records = [utmp](repeating: utmp(), count: 3)
        for place in records.indices { records[place].ut_type = Int16(USER_PROCESS) }
        records[0].ut_pid = getpid()
        records[1].ut_pid = 1
        // Above pid_max (`man 5 proc`): no process has it.
        records[2].ut_pid = Int32.max
        try Data(records.withUnsafeBytes { Array($0) }).write(to: URL(fileURLWithPath: place.path + "/run/utmp"))
        let collector = LoggedInUsers(roots: Roots(under: place.path))
        collector.metrics[0].number = 0
        #expect(collector.reading(atSeconds: 1) == "logged_in_users 2\n")
    }

    @Test func withoutUtmpThereIsNoSample() throws {
        let collector = LoggedInUsers(roots: Roots(under: "/no/such/folder"))
        collector.metrics[0].number = 0
        #expect(collector.reading(atSeconds: 1).isEmpty)
    }
}
