import Foundation
import TestServers
import Testing
import Wire

@testable import Journal

@Suite struct LogStatesTests {
    private let web = LogName(host: "web-1", log: "access")
    private let other = LogName(host: "web-1", log: "api")

    private func progress(
        _ name: LogName,
        state: String,
        windows: [Double: String] = [:],
        forgottenBefore: Double? = nil
    ) -> LogProgress {
        LogProgress(
            name: name,
            state: Array(state.utf8),
            status: LogStatusRecord(path: "/var/log/\(name.log)", lines: UInt64(state.utf8.count)),
            windows: windows.sorted { $0.key < $1.key }.map {
                LogWindowState(windowStart: at($0.key), state: Array($0.value.utf8))
            },
            windowsForgottenBefore: forgottenBefore.map { at($0) }
        )
    }

    @Test func theNewestStateAndEveryWindowAreThereAfterReopening() throws {
        let fixture = try JournalFixture()
        do {
            let journal = try fixture.open()
            try journal.commit(
                JournalGroup(
                    createdAt: at(0),
                    logs: [progress(web, state: "first", windows: [0: "a", 10: "b"]), progress(other, state: "api")]
                )
            )
            try journal.commit(
                JournalGroup(createdAt: at(1), logs: [progress(web, state: "second", windows: [10: "c", 20: "d"])])
            )
        }
        let journal = try fixture.open()
        let states = try journal.logStates()
        #expect(states.map(\.name) == [web, other])
        #expect(states.map(\.state) == [Array("second".utf8), Array("api".utf8)])
        #expect(states.map(\.status?.lines) == [6, 3])
        #expect(
            try journal.logWindows(of: web)
                == [(0, "a"), (10, "c"), (20, "d")].map {
                    LogWindowState(windowStart: at($0.0), state: Array($0.1.utf8))
                }
        )
        #expect(try journal.logWindows(of: other) == [])
    }

    @Test func windowsAreForgottenByTheirStartAndOnlyThoseOfTheLog() throws {
        let journal = try JournalFixture().open()
        try journal.commit(
            JournalGroup(
                createdAt: at(0),
                logs: [
                    progress(web, state: "", windows: [0: "a", 10: "b", 20: "c"]),
                    progress(other, state: "", windows: [0: "d"]),
                ]
            )
        )
        try journal.commit(
            JournalGroup(
                createdAt: at(1),
                logs: [progress(web, state: "", windows: [10: "old", 30: "e"], forgottenBefore: 20)]
            )
        )
        #expect(try journal.logWindows(of: web).map(\.windowStart) == [at(20), at(30)])
        #expect(try journal.logWindows(of: other).map(\.windowStart) == [at(0)])
    }

    @Test func logsThatAreNoLongerConfiguredAreForgotten() throws {
        let journal = try JournalFixture().open()
        let elsewhere = LogName(host: "web-2", log: "access")
        try journal.commit(
            JournalGroup(
                createdAt: at(0),
                logs: [web, other, elsewhere].map { progress($0, state: "x", windows: [0: "a"]) }
            )
        )
        try journal.removeLogStates(except: [web])
        #expect(try journal.logStates().map(\.name) == [web])
        #expect(try journal.logWindows(of: web).count == 1)
        #expect(try journal.logWindows(of: other) == [])
        #expect(try journal.logWindows(of: elsewhere) == [])
    }

    @Test func statusReadsItFromAnotherConnection() throws {
        let fixture = try JournalFixture()
        let journal = try fixture.open()
        var status = LogStatusRecord(path: "/var/log/größe.log")
        status.format = "combined with a leading virtual host"
        status.condition = .denied
        status.detail = "Permission denied"
        status.lastLineAt = at(5)
        status.lines = .max
        status.unreadByReason = ["bad_time": 2]
        status.firstUnread = [LogStatusRecord.UnreadLine(reason: "bad_time", text: "\u{fffd}\0\"\\")]
        status.bytesBehind = 7
        var progress = progress(web, state: "")
        progress.status = status
        try journal.commit(JournalGroup(createdAt: at(0), logs: [progress]))
        #expect(try Journal(readingAt: fixture.path).logStatuses() == [web: status])
    }
}
