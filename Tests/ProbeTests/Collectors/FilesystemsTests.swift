import CLinux
import Foundation
import TestServers
import Testing
import Wire

@testable import Probe

@Suite struct FilesystemsTests {
    /// A host whose mount points are folders of the test's own filesystem, and remote mounts that the test answers for.
    private final class Host {
        let place: TestFolder
        let answers = RemoteMounts()
        let collector: Filesystems

        init(patienceMilliseconds: UInt64 = 50, _ mounts: [(point: String, type: String)]) throws {
            place = try TestFolder("mounts")
            var table = ""
            for (number, mount) in mounts.enumerated() {
                let point = place.path + mount.point
                if mount.type != "gone" {
                    try FileManager.default.createDirectory(atPath: point, withIntermediateDirectories: true)
                }
                table += "\(number + 2) 1 8:\(number) / \(point) rw - \(mount.type) source\(number) rw\n"
            }
            try FileManager.default.createDirectory(
                atPath: place.path + "/proc/self",
                withIntermediateDirectories: true
            )
            try place.file("proc/self/mountinfo", table)
            let hanging = HangingMounts(patienceMilliseconds: patienceMilliseconds, start: answers.start)
            collector = Filesystems(roots: Roots(under: place.path), buffer: ReadBuffer(), hanging: hanging)
            for (number, metric) in collector.metrics.enumerated() { metric.number = UInt16(number) }
        }

        func poll() -> (instances: Set<String>, reason: String) {
            var output = SampleOutput()
            var reason = ""
            do {
                try collector.collect(into: &output, uptimeNanoseconds: 0)
            } catch {
                reason = error.reason
            }
            return (Set(output.samples.map { String($0.instance.dropFirst(place.path.count)) }), reason)
        }
    }

    @Test func aDeadMountHidesNoOther() throws {
        let host = try Host([("/disk", "ext4"), ("/dead", "nfs4"), ("/alive", "nfs4")])
        host.answers.answer(to: "/alive", blocks: 100)
        let poll = host.poll()
        #expect(poll.instances == ["/disk", "/alive"])
        #expect(poll.reason.hasSuffix("/dead (nfs4 source1) has not answered for 1 s"))
    }

    @Test func aDeadMountIsWaitedForOnlyOnce() throws {
        let host = try Host(patienceMilliseconds: 1_000, [("/dead", "nfs4")])
        let first = ContinuousClock().measure { _ = host.poll() }
        let second = ContinuousClock().measure { _ = host.poll() }
        #expect(first >= .milliseconds(990))
        #expect(second < .milliseconds(900))
        #expect(host.answers.started == 1)
    }

    @Test func theServerThatComesBackIsSeenAtTheNextPoll() throws {
        let host = try Host([("/dead", "nfs4")])
        #expect(host.poll().instances.isEmpty)
        host.answers.answer(to: "/dead", blocks: 100)
        let poll = host.poll()
        #expect(poll.instances == ["/dead"])
        #expect(poll.reason.isEmpty)
        // And from then on it is asked anew.
        #expect(host.poll().instances == ["/dead"])
        #expect(host.answers.started == 2)
    }

    @Test func anErrorOfTheServerIsTold() throws {
        let host = try Host([("/stale", "nfs4")])
        host.answers.answer(to: "/stale", blocks: 0, error: ESTALE)
        #expect(host.poll().reason.hasSuffix("/stale: Stale file handle"))
    }

    @Test func whatTheUserMayNotSeeIsNoFailure() throws {
        let host = try Host([("/private", "fuse.sshfs"), ("/gone", "gone")])
        host.answers.answer(to: "/private", blocks: 0, error: EACCES)
        let poll = host.poll()
        #expect(poll.instances.isEmpty)
        #expect(poll.reason.isEmpty)
    }

    @Test func aMountThatComesOrGoesIsSeenAtTheNextPoll() throws {
        let host = try Host([("/disk", "ext4")])
        #expect(host.poll().instances == ["/disk"])
        try host.place.file("proc/self/mountinfo", "2 1 8:0 / \(host.place.path)/proc rw - ext4 source rw\n")
        #expect(host.poll().instances == ["/proc"])
        try host.place.file("proc/self/mountinfo", "")
        #expect(host.poll().instances.isEmpty)
    }

    @Test func aDamagedTableIsAFailure() throws {
        let host = try Host([])
        try host.place.file("proc/self/mountinfo", "20 1 8:1 / /")
        #expect(host.poll().reason.hasSuffix("/proc/self/mountinfo has a line that is cut or no mount"))
    }

    /// The whole way with a child process and the real `statvfs`.
    @Test func aChildLooksAtARealFilesystem() throws {
        let hanging = HangingMounts(patienceMilliseconds: 10_000)
        let answers = hanging.look(at: [Array("/".utf8), Array("/no/such/folder".utf8)])
        guard case .space(let space) = answers[0] else {
            Issue.record("no answer for /")
            return
        }
        #expect(space.totalBytes > 0)
        guard case .error(let error) = answers[1] else {
            Issue.record("an answer for a folder that is not there")
            return
        }
        #expect(error.code == ENOENT)
    }

    @Test func agreesWithDf() throws {
        let shown = try output(of: "/bin/df", ["-P", "-k", "/"])
        let fields = try #require(shown.split(separator: "\n").last).split(separator: " ")
        let percentOfDf = try #require(Double(fields[4].dropLast()))
        let collector = Filesystems(roots: .system)
        for (number, metric) in collector.metrics.enumerated() { metric.number = UInt16(number) }
        var samples = SampleOutput()
        try? collector.collect(into: &samples, uptimeNanoseconds: 0)
        let root = samples.samples.filter { $0.instance == "/" }
        let used = try #require(root.first { $0.metric == 0 }?.value)
        let total = try #require(root.first { $0.metric == 2 }?.value)
        // df rounds up to whole percents; others write to the disk meanwhile.
        #expect(abs(used - percentOfDf) <= 1.1)
        #expect(total == (try #require(Double(fields[1]))) * 1_024)
    }

    private func output(of program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Mounts whose answers a test gives: stands in for the child that calls `statvfs`, with a pipe and no process.
private final class RemoteMounts {
    private var waiting: [(path: String, pipe: Int32)] = []
    private var answers: [(path: String, space: probe_space)] = []
    private(set) var started = 0

    deinit {
        for entry in waiting { close(entry.pipe) }
    }

    var start: HangingMounts.Starter {
        { [self] path, process in
            started += 1
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { return -1 }
            // No process has this number (`man 5 proc`, pid_max is at most 2^22): waiting for it ends at once.
            process.pointee = Int32.max
            let path = String(cString: path)
            if let known = answers.first(where: { path.hasSuffix($0.path) }) {
                write(known.space, to: ends[1])
            } else {
                waiting.append((path, ends[1]))
            }
            return ends[0]
        }
    }

    /// Answers who waits, and whoever asks later.
    func answer(to path: String, blocks: UInt64, error: Int32 = 0) {
        var space = probe_space()
        space.block_bytes = 4_096
        space.blocks = blocks
        space.free_blocks = blocks / 2
        space.available_blocks = blocks / 2
        space.error = error
        answers.append((path, space))
        for entry in waiting where entry.path.hasSuffix(path) { write(space, to: entry.pipe) }
        waiting.removeAll { $0.path.hasSuffix(path) }
    }

    private func write(_ space: probe_space, to pipe: Int32) {
        var space = space
        _ = withUnsafeBytes(of: &space) { Glibc.write(pipe, $0.baseAddress, $0.count) }
        close(pipe)
    }
}
