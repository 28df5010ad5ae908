import Foundation
import Journal
import Testing
import Wire

@testable import Alerts
@testable import Monitor

/// A gateway and those who are reached through it.
struct ParentsTests {
    private func fixture() throws -> RecorderFixture {
        let fixture = try RecorderFixture(
            """
            <alert type="unreachable"/>
            <host name="gw-1"/>
            <group parent="gw-1">
              <host name="sw-1"/>
              <host name="web-1" parent="sw-1"/>
            </group>
            """
        )
        try fixture.start()
        for host in ["gw-1", "sw-1", "web-1"] { fixture.answer(host) }
        try fixture.wait("first answers") { try fixture.journal.hostStates().filter { $0.state == .up }.count == 3 }
        fixture.clock.pass(seconds: 10)
        return fixture
    }

    @Test func oneMailForAllWhoStandBehindIt() throws {
        let fixture = try fixture()
        // The farthest is tried first.
        fixture.fail("web-1")
        fixture.fail("sw-1")
        try fixture.wait("two that wait") { try fixture.firing().count == 2 }
        #expect(try fixture.notifications() == [])
        fixture.clock.pass(seconds: 1)
        fixture.fail("gw-1")
        try fixture.wait("the gateway's mail") { try !fixture.notifications().isEmpty }
        try fixture.wait("its cause") {
            try fixture.firing() == [
                "gw-1 unreachable": "told",
                "sw-1 unreachable": "gw-1 is unreachable, and the way goes through it",
                "web-1 unreachable": "sw-1 is unreachable, and the way goes through it",
            ]
        }
        #expect(try fixture.notifications() == ["raised gw-1 unreachable"])
        let mail = try #require(
            try fixture.journal.dueNotifications(now: fixture.clock.now.wall, groupingWindow: .zero).first?
                .notifications.first
        )
        #expect(AlertMail.circumstances(mail).first?.hasPrefix("2 hosts stand behind it: sw-1, web-1.") == true)

        fixture.clock.pass(seconds: 3_600)
        for host in ["gw-1", "sw-1", "web-1"] { fixture.answer(host) }
        try fixture.wait("the end") { try fixture.firing().isEmpty }
        #expect(try fixture.notifications() == ["raised gw-1 unreachable", "resolved gw-1 unreachable"])
    }

    @Test func aHostThatFailsAloneIsToldOnceItsParentAnswers() throws {
        let fixture = try fixture()
        fixture.fail("sw-1")
        try fixture.wait("alert") {
            try fixture.firing() == [
                "sw-1 unreachable": "the next answer of gw-1 is awaited, because the way goes through it"
            ]
        }
        #expect(try fixture.notifications() == [])
        fixture.clock.pass(seconds: 5)
        fixture.answer("gw-1")
        try fixture.wait("mail") { try fixture.notifications() == ["raised sw-1 unreachable"] }
    }

    @Test func aParentThatSaysNothingIsNotAwaitedForever() throws {
        let fixture = try fixture()
        fixture.fail("sw-1")
        try fixture.wait("alert") { try fixture.firing().count == 1 }
        fixture.clock.pass(seconds: 19)
        fixture.answer("web-1")
        try fixture.wait("answer") {
            try fixture.journal.hostStates().contains { $0.updatedAt == fixture.clock.now.wall }
        }
        #expect(try fixture.notifications() == [])
        fixture.clock.pass(seconds: 2)
        try fixture.wait("mail") { try fixture.notifications() == ["raised sw-1 unreachable"] }
    }

    @Test func whoStaysAwayBehindAGatewayThatIsBackIsTold() throws {
        let fixture = try fixture()
        fixture.fail("gw-1")
        fixture.fail("sw-1")
        try fixture.wait("alerts") { try fixture.firing().count == 2 }
        fixture.clock.pass(seconds: 60)
        fixture.answer("gw-1")
        try fixture.wait("gateway") { try fixture.firing().count == 1 }
        try fixture.wait("tick") { try fixture.notifications().count == 2 }
        // It is tried again and again.
        try fixture.wait("mail") {
            fixture.clock.pass(seconds: 30)
            fixture.fail("sw-1")
            return try fixture.notifications().last == "raised sw-1 unreachable"
        }
    }
}
