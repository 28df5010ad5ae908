import Foundation
import Probe
import TestServers
import Testing

@Suite struct KernelStatTests {
    @Test(arguments: Fixture.cases(of: "stat"))
    func yieldsWhatIsExpected(_ fixture: Fixture) throws {
        #expect(try fixture.result { KernelStat(roots: $0) } == fixture.expected)
    }

    @Test func theFirstReadingHasNoSharesYet() throws {
        let place = try TestFolder("stat")
        try FileManager.default.createDirectory(atPath: place.path + "/proc", withIntermediateDirectories: true)
        try place.file("proc/stat", "cpu  1 1 1 1 1 1 1 1 0 0\nprocs_running 4\n")
        let collector = KernelStat(roots: Roots(under: place.path))
        for (number, metric) in collector.metrics.enumerated() { metric.number = UInt16(number) }
        #expect(collector.reading(atSeconds: 1) == "processes_running 4\n")
    }

    @Test func guestTimeIsNotCountedTwice() throws {
        // All of 1,000 ticks were a guest's: they are in user, and again in guest.
        let before = try #require(
            KernelStat.parse(ByteScanner(Array("cpu  0 0 0 0 0 0 0 0 0 0\n".utf8)), withCores: false)
        )
        let after = try #require(
            KernelStat.parse(ByteScanner(Array("cpu  1000 0 0 1000 0 0 0 0 1000 0\n".utf8)), withCores: false)
        )
        #expect(after.all.shares(since: before.all)?.busy == 50)
    }
}
