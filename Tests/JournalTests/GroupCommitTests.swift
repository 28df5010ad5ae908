import Alerts
import Foundation
import TestServers
import Testing
import Wire

@testable import Journal

@Suite struct GroupCommitTests {
    @Test func everythingOfAGroupIsThereAfterReopening() throws {
        let fixture = try JournalFixture()
        do {
            let journal = try fixture.open()
            try journal.commit(group(1))
            try journal.commit(group(2))
        }
        let journal = try fixture.open()
        #expect(try wholeGroups(in: journal) == 2)
        #expect(try journal.backlog() == RecordBacklog(count: 6, bytes: 7_200, oldest: at(1)))
    }

    @Test func commitOverwritesAndDeletesAlertStates() throws {
        let journal = try JournalFixture().open()
        let firing = change("/", firing: true)
        var over = firing
        over.state = nil
        try journal.commit(
            JournalGroup(
                createdAt: at(0),
                alertChanges: [change("/", firing: false), firing, change("/home", firing: false)]
            )
        )
        #expect(try journal.alertStates().states.map(\.instance) == ["/", "/home"])
        #expect(try journal.alertStates().states.first == firing.state)
        try journal.commit(JournalGroup(createdAt: at(1), alertChanges: [over]))
        #expect(try journal.alertStates().states.map(\.instance) == ["/home"])
    }

    @Test func valuesThatAreNoNumbersCostNothing() throws {
        let journal = try JournalFixture().open()
        var odd = change("/", firing: true, recipients: ["ops@example.org"])
        odd.state?.alert?.value = .nan
        odd.state?.alert?.peak = .infinity
        odd.notification?.alert.peak = -.infinity
        try journal.commit(JournalGroup(createdAt: at(0), alertChanges: [odd]))
        let alert = try #require(try journal.alertStates().states.first?.alert)
        #expect(alert.value?.isNaN == true)
        #expect(alert.peak == .infinity)
        #expect(try journal.dueNotifications(now: at(10)).first?.notifications.first?.alert.peak == -.infinity)
    }

    @Test func hostStatesAreReplacedAndPruned() throws {
        let journal = try JournalFixture().open()
        var web = HostState(host: "web-1", address: "192.0.2.11", state: .unknown, updatedAt: at(0))
        let gone = HostState(host: "gone", address: "192.0.2.12", state: .unreachable, updatedAt: at(0))
        try journal.commit(JournalGroup(createdAt: at(0), hostStates: [web, gone]))
        web.state = .up
        web.lastSeen = at(5)
        web.cpuPercent = 12.5
        web.machineID = "0f"
        try journal.commit(JournalGroup(createdAt: at(5), hostStates: [web]))
        #expect(try journal.hostStates() == [gone, web])
        try journal.removeHostStates(except: ["web-1"])
        #expect(try journal.hostStates() == [web])
    }

    @Test func metadataIsKept() throws {
        let fixture = try JournalFixture()
        do {
            let journal = try fixture.open()
            #expect(try journal.metadata(.instanceID) == nil)
            try journal.setMetadata(.instanceID, to: "a")
            try journal.setMetadata(.instanceID, to: "b")
            try journal.setMetadata(.cleanShutdown, to: "1")
            try journal.setMetadata(.cleanShutdown, to: nil)
        }
        let journal = try fixture.open()
        #expect(try journal.metadata(.instanceID) == "b")
        #expect(try journal.metadata(.cleanShutdown) == nil)
    }

    @Test func theFilesAreForTheirOwnerOnly() throws {
        let fixture = try JournalFixture()
        try fixture.folder.file(Journal.fileName, "", mode: 0o644)
        let journal = try fixture.open()
        try journal.commit(group(1))
        for name in try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path) {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(fixture.folder.path)/\(name)")
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
    }
}
