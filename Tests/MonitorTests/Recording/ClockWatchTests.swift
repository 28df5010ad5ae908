import Testing
import Wire

@testable import Monitor

struct ClockWatchTests {
    private static let minute: Int64 = 60_000
    private static let hour: Int64 = 3_600_000

    /// After so much time, awake and asleep, with the clock set by so much.
    private func reading(after awake: Int64, asleep: Int64 = 0, set: Int64 = 0) -> ClockReading {
        ClockReading(
            wall: Timestamp(milliseconds: 1_795_197_600_000 + awake + asleep + set),
            running: 5_000 + awake,
            sinceBoot: 9_000 + awake + asleep
        )
    }

    @Test func timeThatPassesIsNoStepHoweverLong() {
        var watch = ClockWatch(startingAt: reading(after: 0))
        #expect(watch.step(at: reading(after: 100)) == nil)
        #expect(watch.step(at: reading(after: 9 * Self.hour)) == nil)
        #expect(watch.step(at: reading(after: 9 * Self.hour, set: 1_000)) == nil, "a leap second")
    }

    @Test(arguments: [Self.hour, -Self.hour, 5_000])
    func aStepIsToldOnceWithItsSize(set: Int64) {
        var watch = ClockWatch(startingAt: reading(after: 0))
        let step = watch.step(at: reading(after: 1_000, set: set))
        #expect(step == ClockStep(milliseconds: set, suspendedMilliseconds: 0))
        #expect(watch.step(at: reading(after: 2_000, set: set)) == nil)
        #expect(watch.step(at: reading(after: 3_000))?.milliseconds == -set, "and back")
    }

    @Test func smallStepsAreToldOnceTheyMatter() {
        var watch = ClockWatch(startingAt: reading(after: 0))
        #expect(watch.step(at: reading(after: 1_000, set: 1_500)) == nil)
        #expect(watch.step(at: reading(after: 2_000, set: 3_000))?.milliseconds == 3_000)
    }

    @Test func suspensionIsAStepWithItsOwnMend() throws {
        var watch = ClockWatch(startingAt: reading(after: 0))
        let first = watch.step(at: reading(after: 1_000, asleep: Self.hour))
        let second = watch.step(at: reading(after: 2_000, asleep: 2 * Self.hour, set: -Self.minute))
        let (slept, both) = (try #require(first), try #require(second))
        #expect(slept == ClockStep(milliseconds: Self.hour, suspendedMilliseconds: Self.hour))
        #expect(both == ClockStep(milliseconds: Self.hour - Self.minute, suspendedMilliseconds: Self.hour))
        #expect(
            "\(slept)"
                == "this machine was suspended for 1 h, and watched no host meanwhile. Alerts count on without that "
                + "time. Keep it from sleeping (systemctl mask sleep.target)."
        )
        #expect("\(both)".contains("for 1 h, and watched no host meanwhile; its clock was set back by 1 min. "))
        #expect(
            "\(ClockStep(milliseconds: Self.hour, suspendedMilliseconds: 0))"
                == "this server's clock was set forward by 1 h. Alerts count on without that time. "
                + "Keep it right with NTP (chrony, systemd-timesyncd)."
        )
    }

    @Test func readingsFromBeforeAStepAreTranslated() {
        let before = reading(after: 1_000)
        let after = reading(after: 3_000, set: Self.hour)
        var watch = ClockWatch(startingAt: reading(after: 0))
        #expect(watch.current(before) == before.wall)
        _ = watch.step(at: reading(after: 2_000, set: Self.hour))
        #expect(watch.current(before).milliseconds == before.wall.milliseconds + Self.hour)
        #expect(watch.current(after) == after.wall)
    }

    @Test func theSystemsClocksAgree() {
        var watch = ClockWatch(startingAt: .now)
        #expect(watch.step(at: .now) == nil)
        #expect(ClockReading.now.sinceBoot >= ClockReading.now.running - 1)
    }
}
