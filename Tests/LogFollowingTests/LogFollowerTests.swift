import LogFollowing
import Testing
import Wire

struct LogFollowerTests {
    @Test func keepsItsPlan() {
        #expect(LogFollower(LogPlan(path: "/var/log/access.log")).plan.path == "/var/log/access.log")
    }
}
