import Foundation
import TestServers
import Testing

/// The file system of the state directory becomes read-only, as after an error of its disk.
@Suite(.enabled(if: FailingFileSystem.isPossible, "needs root, loop devices and ext4"))
struct ReadOnlyStateTests {
    @Test func itIsToldAtOnceAndAtAStartAndEndsWithIt() throws {
        let failing = try FailingFileSystem()
        let site = try Site(
            "<host name=\"web-1\" address=\"127.0.0.1\" port=\"$PORT\"/>",
            attributes: "interval=\"200ms\" timeout=\"20s\" metrics=\"uptime_seconds\"",
            services: "<database host=\"127.0.0.1\" port=\"\(try LoopbackPort.free())\" user=\"root\"/>",
            state: "\(failing.path)/state"
        )
        let program = try site.start("run")
        try program.wait("connection") { program.errors.contains("web-1: connected") }
        try failing.fail()
        try program.wait("trouble") {
            program.errors.contains(/error [^\n]*journal[^\n]*(read-?only|disk)/)
        }
        // What cannot be written down is declared lost when it ends.
        program.signal(SIGTERM)
        let ended = try program.outcome()
        #expect(ended.status == 0)
        #expect(ended.errors.contains("are lost"), "\(ended.errors)")

        let refused = try site.metricsd("run")
        #expect(refused.status == 75 && refused.errors.lowercased().contains("read-only"), "\(refused.errors)")
        try failing.mend()
        let next = try site.start("run")
        try next.wait("connection") { next.errors.contains("web-1: connected") }
        next.signal(SIGTERM)
        #expect(try next.outcome().status == 0)
    }
}
