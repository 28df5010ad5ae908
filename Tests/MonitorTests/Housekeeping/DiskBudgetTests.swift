import Alerts
import Foundation
import Synchronization
import TestServers
import Testing

@testable import Monitor

/// When pulling stops and goes on.
struct DiskBudgetTests {
    private final class FileSystem: Sendable {
        let space = Mutex<FileSystemSpace?>(FileSystemSpace(total: 100 << 30, free: 50 << 30))

        func set(free: UInt64, of total: UInt64 = 100 << 30) {
            space.withLock { $0 = FileSystemSpace(total: total, free: free) }
        }

        func budget(_ bytes: UInt64?) -> DiskBudget {
            DiskBudget(budget: bytes, stateDirectory: "/", look: { self.space.withLock { $0 } })
        }
    }

    private let system = FileSystem()

    private func isStopped(_ event: ServiceEvent?) -> Bool? {
        guard case .diskUse(_, _, let isStopped, _) = event else { return nil }
        return isStopped
    }

    private func reason(_ event: ServiceEvent?) -> String {
        guard case .diskUse(_, _, _, let reason) = event else { return "" }
        return reason
    }

    /// Each other reason would be told anew for every log, on a disk that is full.
    @Test func theReasonStaysTheSameWhileItLasts() {
        let budget = system.budget(nil)
        _ = budget.refresh(stored: 0)
        system.set(free: 100 << 20)
        _ = budget.refresh(stored: 0)
        let reason = budget.reasonToWait
        #expect(reason?.contains("100") == true)
        system.set(free: 90 << 20)
        #expect(budget.refresh(stored: 0) == nil)
        #expect(budget.reasonToWait == reason)
        system.set(free: 50 << 30)
        _ = budget.refresh(stored: 0)
        #expect(budget.reasonToWait == nil)
    }

    @Test func pullingStopsAtTheBudgetAndGoesOnClearlyBelowIt() {
        let budget = system.budget(1_000_000)
        #expect(isStopped(budget.refresh(stored: 100_000)) == false)
        #expect(budget.refresh(stored: 899_000) == nil)
        let high = budget.refresh(stored: 900_000)
        #expect(isStopped(high) == false)
        #expect(reason(high).contains("878.9 KiB of the 976.6 KiB that max-disk allows"))
        #expect(budget.mayPull)
        #expect(isStopped(budget.refresh(stored: 1_000_000)) == true)
        #expect(!budget.mayPull)
        // A file or two less is no room yet.
        #expect(budget.refresh(stored: 960_000) == nil)
        #expect(!budget.mayPull)
        #expect(isStopped(budget.refresh(stored: 940_000)) == false)
        #expect(budget.mayPull)
        #expect(budget.refresh(stored: 880_000) == nil)
        #expect(reason(budget.refresh(stored: 840_000)) == "there is room for more lines")
    }

    @Test func whatIsWrittenCountsBeforeTheJournalHasIt() {
        let budget = system.budget(1_000_000)
        _ = budget.refresh(stored: 500_000)
        budget.note(appended: 400_000)
        #expect(budget.mayPull)
        budget.note(appended: 100_000)
        #expect(!budget.mayPull)
        // The journal has half of it by now; nothing of the rest is forgotten.
        #expect(isStopped(budget.refresh(stored: 750_000)) == true)
        #expect(budget.used >= 1_000_000)
        _ = budget.refresh(stored: 900_000)
        #expect(budget.used == 900_000)
        #expect(budget.mayPull)
    }

    @Test func theJournalKeepsItsRoomWithoutAnyBudget() {
        let budget = system.budget(nil)
        #expect(isStopped(budget.refresh(stored: 1 << 40)) == false)
        system.set(free: 1 << 30)
        let event = budget.refresh(stored: 0)
        #expect(isStopped(event) == true, "2 % of 100 GiB are more than 1 GiB")
        #expect(reason(event).contains("only 1.0 GiB are free"))
        system.set(free: 2_200 << 20)
        #expect(budget.refresh(stored: 0) == nil)
        #expect(!budget.mayPull)
        system.set(free: 3 << 30)
        #expect(isStopped(budget.refresh(stored: 0)) == false)
        system.set(free: 200 << 20, of: 1 << 30)
        #expect(isStopped(budget.refresh(stored: 0)) == true)
    }

    @Test func aFileSystemThatFillsUpIsNoticedWhileWriting() {
        let budget = system.budget(nil)
        system.set(free: 0)
        budget.note(appended: 1 << 20)
        #expect(budget.mayPull)
        budget.note(appended: 16 << 20)
        #expect(!budget.mayPull)
    }

    @Test func aStartOnAFullFileSystemPullsNothing() {
        system.set(free: 0)
        #expect(!system.budget(nil).mayPull)
        #expect(!system.budget(1_000).mayPull)
    }

    @Test func aFileSystemThatCannotBeAskedStopsNothing() throws {
        let budget = DiskBudget(budget: nil, stateDirectory: "/nonexistent/state")
        #expect(isStopped(budget.refresh(stored: 0)) == false)
        #expect(budget.mayPull)
        let folder = try TestFolder("space")
        let space = try #require(FileSystemSpace(of: folder.path))
        let fields = try FileManager.default.attributesOfFileSystem(forPath: folder.path)
        #expect(space.total == (fields[.systemSize] as? NSNumber)?.uint64Value)
    }
}
