import Foundation
import Synchronization
import Testing

@testable import Monitor

struct NamedThreadTests {
    @Test func runsUnderItsNameAndIsJoined() throws {
        let seen = Mutex("")
        let thread = try NamedThread(name: "host web-1 of the long name") {
            let name = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
            seen.withLock { $0 = name ?? "" }
        }
        thread.join()
        thread.join()
        #expect(seen.withLock { $0 } == "host web-1 of t\n")
    }

    @Test func aJoinWithADeadlineGivesUpAndMayBeRepeated() throws {
        let release = WakeUp()
        let thread = try NamedThread(name: "waits") { release.wait(until: .now + .seconds(60)) }
        #expect(!thread.join(until: .now))
        let soon = ContinuousClock.now + .milliseconds(20)
        #expect(!thread.join(until: soon))
        #expect(ContinuousClock.now >= soon)
        release.ring()
        #expect(thread.join(until: .now + .seconds(30)))
        #expect(thread.join(until: .now))
    }
}
