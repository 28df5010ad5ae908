import Foundation
import GRDB
import TestServers
import Testing
import Wire

@testable import Journal

@Suite struct MachinesTests {
    private let first = "0123456789abcdef0123456789abcdef"
    private let second = "fedcba9876543210fedcba9876543210"

    private func answered(_ machineID: String, _ journal: Journal, at seconds: Double = 1) throws {
        let step = MachineStep.answered(host: "web-1", machineID: machineID, address: "192.0.2.11", at: at(seconds))
        try journal.commit(JournalGroup(createdAt: at(seconds), machines: [step]))
    }

    private func refused(_ machineID: String, _ journal: Journal) throws {
        let seen = MachineRecord.Refused(machineID: machineID, address: "192.0.2.12", at: at(5))
        try journal.commit(JournalGroup(createdAt: at(5), machines: [.refused(host: "web-1", seen)]))
    }

    @Test func aHostIsBoundAtFirstContactAndNotAgain() throws {
        let journal = try JournalFixture().open()
        try answered(first, journal)
        try answered(first, journal, at: 2)
        let bound = try #require(try journal.machines()["web-1"])
        #expect(bound == MachineRecord(host: "web-1", machineID: first, boundAt: at(1), address: "192.0.2.11"))
        // One that a host's thread let pass before another one was accepted.
        try answered(second, journal)
        #expect(try journal.machines()["web-1"] == bound)
    }

    @Test func anotherProcessAcceptsTheMachineThatWasRefused() throws {
        let fixture = try JournalFixture()
        let daemon = try fixture.open()
        let command = try Journal(joiningAt: fixture.path)
        #expect(try command.acceptMachine(of: "web-1", at: at(9)) == .notBound)
        try answered(first, daemon)
        guard case .nothingRefused(let bound) = try command.acceptMachine(of: "web-1", at: at(9)) else {
            Issue.record("something to accept")
            return
        }
        #expect(bound.machineID == first)
        try refused(second, daemon)
        #expect(try daemon.machines()["web-1"]?.refused?.machineID == second)
        let expected = MachineRecord(host: "web-1", machineID: second, boundAt: at(9), address: "192.0.2.12")
        #expect(try command.acceptMachine(of: "web-1", at: at(9)) == .accepted(former: first, now: expected))
        #expect(try daemon.machines()["web-1"] == expected)
        // A refusal that was on its way when it was accepted.
        try refused(second, daemon)
        #expect(try daemon.machines()["web-1"] == expected)
    }

    @Test func theMachineThatAnswersAgainTakesTheOtherOnesChance() throws {
        let journal = try JournalFixture().open()
        try answered(first, journal)
        try refused(second, journal)
        try answered(first, journal)
        guard case .nothingRefused = try journal.acceptMachine(of: "web-1", at: at(9)) else {
            Issue.record("something to accept")
            return
        }
    }

    @Test func aMachineWithoutAnIDUnbindsWhenItIsAccepted() throws {
        let journal = try JournalFixture().open()
        try answered(first, journal)
        try refused("", journal)
        guard case .accepted(first, let machine) = try journal.acceptMachine(of: "web-1", at: at(9)) else {
            Issue.record("nothing accepted")
            return
        }
        #expect(machine.machineID == "")
        try answered(second, journal, at: 20)
        #expect(try journal.machines()["web-1"]?.machineID == second)
        #expect(try journal.machines()["web-1"]?.boundAt == at(20))
    }

    @Test func aHostThatIsAddedAgainIsBoundAnew() throws {
        let journal = try JournalFixture().open()
        try answered(first, journal)
        try journal.removeHostStates(except: ["db-1"])
        #expect(try journal.machines() == [:])
    }

    @Test func whatAnEarlierVersionKnewIsBound() throws {
        let fixture = try JournalFixture()
        let written = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/version-2.sqlite")
        try FileManager.default.copyItem(at: written, to: URL(fileURLWithPath: fixture.path))
        let earlier = try DatabaseQueue(path: fixture.path)
        try earlier.write { database in
            for (host, machineID) in [("web-2", first), ("young", "uninitialized"), ("plain", "")] {
                try database.execute(
                    sql: """
                        INSERT INTO host_states (host, address, state, last_seen, machine_id, kernel, architecture,
                            updated_at) VALUES (?, '', 'up', 7000, ?, '', '', 9000)
                        """,
                    arguments: [host, machineID]
                )
            }
        }
        try earlier.close()
        let journal = try fixture.open()
        let machines = try journal.machines().filter { $0.key != "web-1" }
        let expected = MachineRecord(
            host: "web-2",
            machineID: first,
            boundAt: Timestamp(milliseconds: 7_000),
            address: ""
        )
        #expect(machines == ["web-2": expected])
    }

    @Test func aCommandNeitherCreatesNorUpgradesAJournal() throws {
        let fixture = try JournalFixture()
        let error = try #require(throws: JournalError.self) { try Journal(joiningAt: fixture.path) }
        #expect(error.kind == .missing)
        let written = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/version-2.sqlite")
        try FileManager.default.copyItem(at: written, to: URL(fileURLWithPath: fixture.path))
        let older = try #require(throws: JournalError.self) { try Journal(joiningAt: fixture.path) }
        #expect(older.kind == .olderSchema)
    }
}
