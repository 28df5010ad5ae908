import Alerts
import Testing
import Wire

@Suite struct LogSilenceTests {
    private func reason(_ host: Dialogue) -> String { host.notifications.last?.alert.reason ?? "" }

    @Test("Raised when no request came for its time, cleared by the next one; each once")
    func silentAndBack() {
        var host = Dialogue(logSilent(), logs: [Dialogue.access])
        #expect(host.read(requests: 3, at: 5) == [])
        #expect(host.read(at: 10) == [])
        #expect(host.tick(at: 304) == [])
        #expect(host.alerts.nextTick == Dialogue.moment(305))
        #expect(host.tick(at: 305) == ["raised log_silent access"])
        #expect(host.alerts.nextTick == nil)
        #expect(host.read(at: 310) == [])
        #expect(host.tick(at: 2_000) == [])
        #expect(host.read(requests: 1, at: 2_005) == ["resolved log_silent access"])
        #expect(host.read(requests: 1, at: 2_010) == [])
        #expect(host.notifications.map(\.kind) == [.raised, .resolved])
        #expect(host.notifications[0].alert.since == Dialogue.moment(5))
        #expect(host.notifications[0].alert.openedAt == Dialogue.moment(305))
        #expect(host.notifications[0].alert.log?.lastRequestAt == Dialogue.moment(5))
        #expect(host.storedStates == [])
    }

    @Test("A log that was quiet from the start counts from the start")
    func quietFromTheStart() {
        var host = Dialogue(logSilent(), logs: [Dialogue.access])
        _ = host.read(at: 5)
        #expect(host.tick(at: 299) == [])
        #expect(host.tick(at: 300) == ["raised log_silent access"])
        #expect(host.notifications[0].alert.log?.lastRequestAt == nil)
    }

    @Test("It waits for at least two readings")
    func atLeastTwoReadings() {
        let slow = AlertLog(name: "access", path: "/a", interval: .seconds(600), recipients: ops)
        var host = Dialogue(logSilent(), logs: [slow])
        _ = host.read(requests: 1, at: 10)
        #expect(host.tick(at: 1_209) == [])
        #expect(host.tick(at: 1_210) == ["raised log_silent access"])
    }

    @Test("Each log counts by itself")
    func eachLog() {
        var host = Dialogue(logSilent(), logs: [Dialogue.access, Dialogue.admin])
        _ = host.read(requests: 1, at: 100)
        _ = host.read(requests: 1, of: "admin", at: 200)
        #expect(host.tick(at: 400) == ["raised log_silent access"])
        #expect(host.tick(at: 500) == ["raised log_silent admin"])
        #expect(host.read(requests: 1, of: "admin", at: 501) == ["resolved log_silent admin"])
        #expect(host.read(requests: 1, of: "unknown", at: 502) == [])
    }

    @Test("A log that is not pulled: the alert says so, and tells when it is pulled again")
    func heldBack() {
        var host = Dialogue(logSilent(repeatEvery: .seconds(600)), logs: [Dialogue.access])
        _ = host.read(requests: 1, at: 5)
        _ = host.holdBack("max-disk is used up", at: 10)
        #expect(host.tick(at: 305) == ["raised log_silent access"])
        #expect(
            reason(host).hasPrefix("metricsd does not pull /var/log/nginx/access.log at present: max-disk is used up\n")
        )
        #expect(reason(host).contains("Nobody knows whether requests came"))
        #expect(host.holdBack("max-disk is used up", at: 400) == [])
        // Pulled again, and nothing came meanwhile.
        #expect(host.read(at: 500) == ["stored log_silent access"])
        #expect(host.tick(at: 905) == ["reminded log_silent access"])
        #expect(reason(host).contains("does not grow"))
        #expect(host.read(requests: 1, at: 910) == ["resolved log_silent access"])
    }

    @Test("What holds all logs back does not hide that the host is unreachable")
    func heldBackAndUnreachable() {
        var host = Dialogue(logSilent(), logs: [Dialogue.access])
        _ = host.holdBack("max-disk is used up", at: 10)
        _ = host.unreachable(at: 20)
        _ = host.tick(at: 600)
        #expect(reason(host) == "The host is unreachable: no route to host")
    }

    // MARK: Why

    @Test("Nothing written: the file does not grow")
    func notGrowing() {
        var host = Dialogue(logSilent(), logs: [Dialogue.access])
        _ = host.read(requests: 1, at: 5)
        _ = host.read(at: 300)
        _ = host.tick(at: 305)
        #expect(reason(host).hasPrefix("/var/log/nginx/access.log is there and can be read, but does not grow.\n"))
    }

    @Test(
        "A file that cannot be read says why",
        arguments: [
            (LogReport.Condition.missing, Int32(2), "There is no file /var/log/nginx/access.log on the host.\n"),
            (.denied, 13, "/var/log/nginx/access.log may not be read: permission denied.\n"),
            (.notAFile, 0, "/var/log/nginx/access.log is a folder, a device, a socket or a pipe, not a file.\n"),
            (.failed, 5, "/var/log/nginx/access.log cannot be read: Input/output error (errno 5).\n"),
        ]
    )
    func cannotRead(condition: LogReport.Condition, errorNumber: Int32, text: String) {
        var host = Dialogue(logSilent(), logs: [Dialogue.access])
        _ = host.cannotRead(condition, errorNumber: errorNumber, at: 5)
        #expect(host.tick(at: 300) == ["raised log_silent access"])
        #expect(reason(host).hasPrefix(text))
        #expect(reason(host).split(separator: "\n").count == 2, "and a mend")
    }

    @Test("Only skipped lines, only lines that cannot be read, or both")
    func linesThatDoNotCount() {
        var skipped = Dialogue(logSilent(), logs: [Dialogue.access])
        _ = skipped.read(requests: 1, skipped: 9, at: 5)
        _ = skipped.read(skipped: 60, at: 100)
        _ = skipped.read(at: 200)
        _ = skipped.tick(at: 305)
        #expect(reason(skipped).hasPrefix("60 lines left out by <skip>; no other came.\n"))

        var unread = Dialogue(logSilent(), logs: [Dialogue.access])
        _ = unread.read(unread: ["too few fields": 2, "unknown format": 40], at: 100)
        _ = unread.read(skipped: 1, unread: ["unknown format": 1], at: 200)
        _ = unread.tick(at: 300)
        #expect(
            reason(unread).hasPrefix(
                "43 lines could not be read, most often: unknown format (41); 1 line left out by <skip>; no other came.\n"
            )
        )

        var both = Dialogue(logSilent(), logs: [Dialogue.access])
        _ = both.read(skipped: 30, unread: ["bad time": 1], at: 100)
        _ = both.tick(at: 300)
        #expect(reason(both).hasPrefix("30 lines left out by <skip>; 1 line could not be read; no other came.\n"))
        #expect(both.read(skipped: 10, unread: ["bad time": 4], at: 310) == [], "neither ends a silence")
    }

    @Test("Skipped lines do not end a silence, nor do they begin one")
    func skippedLines() {
        var host = Dialogue(logSilent(), logs: [Dialogue.access])
        for second in stride(from: 5.0, to: 300, by: 5) { #expect(host.read(skipped: 1, at: second) == []) }
        #expect(host.tick(at: 300) == ["raised log_silent access"])
        #expect(host.read(skipped: 1, at: 305) == [])
        #expect(host.read(requests: 1, skipped: 1, at: 310) == ["resolved log_silent access"])
    }

    @Test("A reading that is behind, or never came, says so")
    func behind() {
        var host = Dialogue(logSilent(), logs: [Dialogue.access])
        _ = host.read(isAtEnd: false, at: 100)
        _ = host.tick(at: 300)
        #expect(reason(host).hasPrefix("/var/log/nginx/access.log is still being read"))

        var never = Dialogue(logSilent(), logs: [Dialogue.access])
        _ = never.tick(at: 300)
        #expect(reason(never).hasPrefix("The host answers, but /var/log/nginx/access.log was not read yet.\n"))
    }

    @Test("While it fires, another cause is stored and told with the next reminder")
    func changingCause() {
        var host = Dialogue(logSilent(repeatEvery: .seconds(600)), logs: [Dialogue.access])
        _ = host.read(at: 5)
        #expect(host.tick(at: 300) == ["raised log_silent access"])
        #expect(host.cannotRead(.missing, errorNumber: 2, at: 310) == ["stored log_silent access"])
        #expect(host.cannotRead(.missing, errorNumber: 2, at: 315) == [])
        #expect(host.tick(at: 900) == ["reminded log_silent access"])
        #expect(reason(host).hasPrefix("There is no file"))
        #expect(host.read(requests: 1, at: 905) == ["resolved log_silent access"])
        #expect(reason(host).hasPrefix("There is no file"))
    }

    // MARK: Outages

    @Test("Without an unreachable rule, the silence of an unreachable host is told, with that reason")
    func unreachableWithoutRule() {
        var host = Dialogue(logSilent(), logs: [Dialogue.access])
        _ = host.read(requests: 1, at: 5)
        #expect(host.unreachable("web-1: no route to host", at: 20) == [])
        #expect(host.tick(at: 305) == ["raised log_silent access"])
        #expect(reason(host) == "The host is unreachable: web-1: no route to host")
        #expect(host.reachable(at: 400) == [])
        #expect(host.read(requests: 900, isAtEnd: false, at: 401) == ["resolved log_silent access"])
    }

    @Test("With one it is silenced, and counts from the return")
    func unreachableWithRule() {
        var host = Dialogue(unreachable(for: .seconds(60)), logSilent(), logs: [Dialogue.access])
        _ = host.read(requests: 1, at: 5)
        _ = host.unreachable(at: 20)
        #expect(host.tick(at: 2_000) == ["raised unreachable"])
        #expect(host.reachable(at: 2_010) == ["resolved unreachable"])
        _ = host.read(at: 2_015)
        #expect(host.tick(at: 2_309) == [])
        #expect(host.tick(at: 2_310) == ["raised log_silent access"])
        #expect(host.notifications.last?.alert.since == Dialogue.moment(2_010))
    }

    @Test("An outage too short to be told hides no silence, and what it held back is read first")
    func shortOutages() {
        var host = Dialogue(unreachable(for: .seconds(60)), logSilent(), logs: [Dialogue.access])
        _ = host.read(requests: 1, at: 5)
        for start in stride(from: 30.0, to: 300, by: 50) {
            _ = host.unreachable(at: start)
            _ = host.reachable(at: start + 5)
            _ = host.read(at: start + 6)
        }
        #expect(host.tick(at: 305) == ["raised log_silent access"])

        var busy = Dialogue(unreachable(for: .seconds(60)), logSilent(), logs: [Dialogue.access])
        _ = busy.read(requests: 1, at: 5)
        _ = busy.unreachable(at: 280)
        _ = busy.reachable(at: 304)
        #expect(busy.tick(at: 310) == [], "its lines may be on the way")
        #expect(busy.read(requests: 50, at: 312) == [])
        #expect(busy.tick(at: 611) == [])
        #expect(busy.tick(at: 612) == ["raised log_silent access"])
    }

    @Test("An alert that fires survives an outage quietly")
    func outageWhileItFires() {
        var host = Dialogue(
            unreachable(for: .seconds(60)),
            logSilent(repeatEvery: .seconds(600)),
            logs: [Dialogue.access]
        )
        _ = host.read(at: 5)
        #expect(host.tick(at: 300) == ["raised log_silent access"])
        _ = host.unreachable(at: 310)
        #expect(host.tick(at: 370) == ["raised unreachable"])
        #expect(host.tick(at: 5_000) == [])
        #expect(host.reachable(at: 5_010) == ["resolved unreachable"])
        #expect(host.tick(at: 5_011) == ["reminded log_silent access"])
        #expect(host.read(requests: 1, at: 5_015) == ["resolved log_silent access"])
    }

    // MARK: Restarts and clocks

    @Test("A restart while it fires makes no second mail, and loses no recovery")
    func restartWhileFiring() {
        var host = Dialogue(logSilent(), logs: [Dialogue.access])
        _ = host.read(at: 5)
        _ = host.tick(at: 300)
        #expect(host.restart(logSilent(), at: 400) == [])
        #expect(host.reachable(at: 401) == [])
        #expect(host.read(at: 402) == [])
        #expect(host.tick(at: 5_000) == [])
        #expect(host.read(requests: 1, at: 5_001) == ["resolved log_silent access"])
        #expect(host.notifications.map(\.kind) == [.raised, .resolved])
    }

    @Test("A silence goes on through a restart once the log has been read")
    func restartWhileSilent() {
        var known = Dialogue.access
        known.lastRequestAt = Dialogue.moment(5)
        var host = Dialogue(logSilent(), logs: [known], answers: false)
        _ = host.restart(logSilent(), at: 1_000)
        _ = host.reachable(at: 1_001)
        #expect(host.tick(at: 1_002) == [], "nobody has looked yet")
        #expect(host.read(at: 1_003) == [])
        #expect(host.tick(at: 1_004) == ["raised log_silent access"])
        #expect(host.notifications[0].alert.since == Dialogue.moment(5))

        var busy = Dialogue(logSilent(), logs: [known], answers: false)
        _ = busy.restart(logSilent(), at: 1_000)
        _ = busy.reachable(at: 1_001)
        _ = busy.read(requests: 70, at: 1_003)
        #expect(busy.tick(at: 1_302) == [])

        var unread = Dialogue(logSilent(), logs: [known], answers: false)
        _ = unread.restart(logSilent(), at: 1_000)
        #expect(unread.tick(at: 1_299) == [])
        #expect(unread.tick(at: 1_300) == ["raised log_silent access"], "a log that is never read is no excuse")
    }

    @Test("A clock that is set completes no silence and ends none")
    func clockSteps() {
        var host = Dialogue(logSilent(), logs: [Dialogue.access])
        _ = host.read(requests: 1, at: 5)
        #expect(host.clockSteps(by: 36_000) == [])
        _ = host.read(at: 36_010)
        #expect(host.tick(at: 36_304) == [])
        #expect(host.tick(at: 36_305) == ["raised log_silent access"])
        #expect(host.clockSteps(by: -36_000) == ["kept log_silent access"])
        #expect(host.read(requests: 1, at: 310) == ["resolved log_silent access"])
    }

    @Test("A log that is no longer configured closes its alert")
    func removedLog() {
        var host = Dialogue(logSilent(), logs: [Dialogue.access, Dialogue.admin])
        #expect(host.tick(at: 300) == ["raised log_silent access", "raised log_silent admin"])
        #expect(
            host.restart(logSilent(), logs: [Dialogue.admin], at: 400) == [
                "resolved log_silent access (its log was removed from the configuration)"
            ]
        )
    }
}
