import Configuration
import SSH
import Testing
import Wire

@testable import Monitor

struct HostClockTests {
    /// A host's clock is foreign; `FollowedLogs` adds it to times.
    @Test(arguments: [Int64.min, .max, -3_200_000_000_000_000, 0, 5_000])
    func noClockOfAHostOverflows(skew: Int64) {
        let believed = FollowedLogs.believable(skew)
        #expect(abs(believed) <= 100 * 365 * 86_400_000)
        #expect(believed == skew || abs(skew / 2) > 50 * 365 * 86_400_000 - 1)
    }
}
