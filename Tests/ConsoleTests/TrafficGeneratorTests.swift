import AccessLogs
import Console
import Foundation
import TestServers
import Testing
import Wire

struct TrafficGeneratorTests {
    /// Jumps to the time that is waited for, and somewhat beyond, as a busy system wakes a program.
    private final class JumpingClock: TrafficClock {
        private(set) var elapsed = Duration.zero
        private(set) var isStopped = false
        private(set) var waits = 0
        private let lateness: Duration
        private let stopsAt: Duration
        var whileWaiting: (Duration) -> Void = { _ in }

        init(lateness: Duration = .zero, stopsAt: Duration = .seconds(1_000_000)) {
            self.lateness = lateness
            self.stopsAt = stopsAt
        }

        func wait(until end: Duration) {
            whileWaiting(elapsed)
            waits += 1
            elapsed = max(elapsed, end) + lateness
            isStopped = elapsed > stopsAt
        }
    }

    private static let start = Timestamp(milliseconds: 1_795_262_399_000)  // 2026-11-21T11:59:59Z

    private func plan(
        _ format: AccessLogFormat = .combined,
        rotation: LogRotation? = nil,
        output: String
    ) -> TrafficGenerator.Plan {
        TrafficGenerator.Plan(
            phases: [
                TrafficPhase(rate: 50, duration: .seconds(20)), TrafficPhase(rate: 0, duration: .seconds(5)),
                TrafficPhase(rate: 20, duration: .seconds(10)),
            ],
            format: format,
            seed: 42,
            start: Self.start,
            rotation: rotation,
            output: output
        )
    }

    private func write(_ plan: TrafficGenerator.Plan, live clock: JumpingClock? = nil) throws -> String {
        var generator = try TrafficGenerator(plan)
        try generator.run(clock: clock ?? JumpingClock(), isLive: clock != nil)
        return try text(try #require(plan.output))
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test(arguments: [AccessLogFormat.common, .combined, .w3c]) func liveAndFastWriteTheSame(
        format: AccessLogFormat
    ) throws {
        let folder = try TestFolder("generate")
        let fast = try write(plan(format, output: "\(folder.path)/fast"))
        let clock = JumpingClock(lateness: .milliseconds(3))
        let live = try write(plan(format, output: "\(folder.path)/live"), live: clock)
        #expect(fast == live)
        #expect(fast.split(separator: "\n").count { !$0.hasPrefix("#") } == 1_200)
        #expect(clock.elapsed >= .seconds(35), "a silence at the end would be kept, too")
        #expect(clock.elapsed < .seconds(35.01), "lateness does not add up")
    }

    @Test func aLiveLineIsWrittenInTime() throws {
        let folder = try TestFolder("generate")
        let path = try folder.file("log")
        let clock = JumpingClock()
        var counts: [Int] = []
        clock.whileWaiting = { elapsed in
            if elapsed >= .seconds(counts.count + 1) {
                counts.append((try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n").count ?? 0)
            }
        }
        _ = try write(plan(output: path), live: clock)
        let arrivals = TrafficTimeline(plan(output: path).phases, seed: 42).map { Double($0) / 1e9 }
        for (second, count) in counts.prefix(20).enumerated() {
            let due = arrivals.count { $0 < Double(second + 1) }
            #expect(abs(count - due) <= 3, "after \(second + 1) s")
        }
    }

    @Test func theLineTellsTheSecondOfItsArrival() throws {
        let folder = try TestFolder("generate")
        let lines = try write(plan(output: "\(folder.path)/log")).split(separator: "\n")
        #expect(lines[0].contains(" - - [21/Nov/2026:11:59:59 +0000] \""))
        let arrivals = Array(TrafficTimeline(plan(output: "").phases, seed: 42))
        let index = try #require(arrivals.firstIndex { $0 >= 1_000_000_000 })
        #expect(lines[index - 1].contains("[21/Nov/2026:11:59:59 +0000]"))
        #expect(lines[index].contains("[21/Nov/2026:12:00:00 +0000]"))
    }

    @Test func stoppedItLeavesWholeLines() throws {
        let folder = try TestFolder("generate")
        let text = try write(plan(output: "\(folder.path)/log"), live: JumpingClock(stopsAt: .seconds(10)))
        #expect(text.hasSuffix("\"\n"))
        let lines = text.split(separator: "\n").count
        #expect(lines > 400 && lines < 600)
    }

    @Test func itAppends() throws {
        let folder = try TestFolder("generate")
        let path = try folder.file("log", "an old line\n")
        #expect(try write(plan(output: path)).starts(with: #/an old line\n[0-9a-f:.]+ - - \[/#))
    }

    @Test(arguments: LogRotation.Method.allCases, [LogRotation.Interval.time(.seconds(4)), .bytes(20_000)])
    func rotationLosesAndTearsNothing(method: LogRotation.Method, interval: LogRotation.Interval) throws {
        let folder = try TestFolder("generate")
        let whole = try write(plan(output: "\(folder.path)/whole"))
        let path = "\(folder.path)/log"
        let last = try write(plan(rotation: LogRotation(method, every: interval, keep: 50), output: path))
        var files = [last]
        while let older = try? text("\(path).\(files.count)") { files.append(older) }
        #expect(files.count >= 6)
        #expect(files.allSatisfy { $0.hasSuffix("\n") })
        #expect(files.reversed().joined() == whole)
    }

    @Test(arguments: LogRotation.Method.allCases) func everyFileOfAW3CLogHasItsHeader(method: LogRotation.Method) throws
    {
        let folder = try TestFolder("generate")
        let path = "\(folder.path)/log"
        let rotation = LogRotation(method, every: .time(.seconds(10)), keep: 2)
        _ = try write(plan(.w3c, rotation: rotation, output: path))
        for file in [path, "\(path).1", "\(path).2"] {
            let lines = try text(file).split(separator: "\n")
            #expect(lines[0] == "#Version: 1.0")
            #expect(lines[2].contains(#/^#Date: 2026-11-21 1[12]:\d\d:\d\d$/#))
            #expect(lines[3].hasPrefix("#Fields: date time c-ip "))
            let columns = lines[3].split(separator: " ").count - 1
            #expect(lines[4...].allSatisfy { $0.split(separator: " ").count == columns })
        }
        #expect(!FileManager.default.fileExists(atPath: "\(path).3"), "only so many are kept")
    }

    @Test func trafficLooksLikeASite() throws {
        let folder = try TestFolder("generate")
        var plan = plan(output: "\(folder.path)/log")
        plan.phases = [TrafficPhase(rate: 1_000, duration: .seconds(50))]
        let text = try write(plan)
        let average = Double(text.utf8.count) / 50_000
        #expect(abs(average - 139) < 2, "bytes a line, which the benchmark's size is made of")
        let lines = text.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 10) }
        let errors = lines.count { $0[8].hasPrefix("5") }
        #expect(errors > 300 && errors < 700, "about one in a hundred")
        #expect(Set(lines.map { $0[0] }).count > 2_000)
        let sections = Dictionary(grouping: lines) { $0[6].dropFirst().prefix { $0 != "/" && $0 != "?" } }.mapValues(
            \.count
        )
        #expect(sections.count == 13)
        #expect(try #require(sections["api"]) > 10_000)
    }

    @Test func aFileThatCannotBeWrittenIsAnErrorWithItsMend() throws {
        let folder = try TestFolder("generate")
        #expect {
            try TrafficGenerator(plan(output: "\(folder.path)/none/log"))
        } throws: {
            "\($0)" == "cannot open \(folder.path)/none/log: No such file or directory; create its directory, or "
                + "give --output another path"
        }
        #expect { try TrafficGenerator(plan(output: folder.path)) } throws: { "\($0)".hasSuffix("the path of a file") }
        var generator = try TrafficGenerator(plan(output: "/dev/full"))
        #expect { try generator.run(clock: JumpingClock(), isLive: false) } throws: { "\($0)".contains("make room") }
    }
}
