import Foundation
import TestServers
import Testing

/// What `metricsd run` shows on a terminal.
struct LiveScreenTests {
    private static let enter = "\u{1b}[?1049h"
    private static let leave = "\u{1b}[?1049l"

    private func site(hosts: Int = 2) throws -> Site {
        let closed = try LoopbackPort.free()
        return try Site(
            (1..<hosts).map { "<host name=\"web-\($0)\" address=\"127.0.0.1\" port=\"$PORT\"/>" }.joined()
                + "<host name=\"gone\" address=\"127.0.0.1\" port=\"\(closed)\"/>",
            attributes: "interval=\"1s\" timeout=\"20s\" metrics=\"cpu_percent mem_percent disk_used_percent\"",
            services: "<database host=\"127.0.0.1\" port=\"\(closed)\" user=\"root\" name=\"metricsd\"/>"
        )
    }

    @Test func aTableInPlaceThatGoesAtTheEnd() throws {
        let terminal = try Terminal(rows: 24, columns: 80)
        let site = try site()
        let program = try site.start(environment: ["TERM": "xterm-256color"], terminal: terminal)
        try program.wait("table with values: \(terminal.frame)") {
            terminal.frame.contains { $0.contains(#/^web-1 +up +\d+ s +\d+\.\d% +\d+\.\d% +\d+\.\d%/#) }
        }
        var frame = terminal.frame
        #expect(frame[0].hasPrefix("metricsd: 1 of 2 hosts up, 0 open alerts"))
        #expect(frame[1].contains(#/^host +state +age +cpu +mem +disk +alerts/#))
        #expect(frame[2].hasPrefix("gone "), "trouble comes first")
        // The log's newest lines stand below it.
        #expect(frame.contains { $0.contains("web-1: connected") })
        #expect(frame.count <= 24)
        #expect(frame.allSatisfy { $0.count <= 80 })
        #expect(terminal.received.contains("\u{1b}[31m"), "trouble is red")

        // It follows the terminal's size.
        try terminal.resize(rows: 10, columns: 40)
        let before = terminal.received.count
        try program.wait("smaller drawing") { terminal.read().count > before + 500 }
        frame = terminal.frame
        #expect(frame.count <= 10)
        #expect(frame.allSatisfy { $0.count <= 40 })

        terminal.type("\u{3}")
        try program.wait("end") {
            terminal.read()
            return program.hasEnded
        }
        #expect(try program.outcome().status == 0)
        let received = terminal.read()
        #expect(received.components(separatedBy: Self.enter).count == 2)
        #expect(received.components(separatedBy: Self.leave).count == 2)
        let after = try #require(received.range(of: Self.leave))
        #expect(received[after.upperBound...].contains(" info ended"))
        #expect(received[..<after.lowerBound].hasSuffix("\u{1b}[?25h"), "the cursor is back")
    }

    @Test func moreHostsThanLines() throws {
        let terminal = try Terminal(rows: 12, columns: 60)
        let site = try site(hosts: 30)
        let program = try site.start(environment: ["TERM": "xterm", "NO_COLOR": "1"], terminal: terminal)
        try program.wait("table") { terminal.frame.contains { $0.contains(#/^… and \d+ more hosts/#) } }
        #expect(terminal.frame.count <= 12)
        // NO_COLOR: neither colours nor bold (https://no-color.org).
        #expect(terminal.received.matches(of: #/\u{1b}\[\d*m/#).isEmpty)
        program.signal(SIGTERM)
        #expect(try program.outcome().status == 0)
    }

    @Test func aTerminalThatCannotMoveItsCursorGetsTheLog() throws {
        let terminal = try Terminal(rows: 24, columns: 80)
        let site = try site()
        let program = try site.start(environment: ["TERM": "dumb"], terminal: terminal)
        try program.wait("log") { terminal.read().contains("web-1: connected") }
        #expect(!terminal.received.contains("\u{1b}"))
        program.signal(SIGTERM)
        #expect(try program.outcome().status == 0)
    }

    @Test func aClosedWindowEndsItCleanly() throws {
        var terminal: Terminal? = try Terminal(rows: 24, columns: 80)
        let site = try site()
        let program = try site.start(environment: ["TERM": "xterm"], terminal: terminal)
        try program.wait("table") { terminal?.frame.contains { $0.hasPrefix("web-1 ") } ?? false }
        // The kernel hangs up (SIGHUP) when the other side is closed.
        terminal = nil
        #expect(try program.outcome(within: 6).status == 0)
        #expect(site.processes() == [])
        #expect(try site.metricsd("status").output.hasPrefix("metricsd does not run"))
    }
}
