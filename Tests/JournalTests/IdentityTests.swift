import Foundation
import TestServers
import Testing
import Wire

@testable import Journal

/// How a journal tells whether a position in the database is its own.
@Suite struct IdentityTests {
    @Test func theIdentityStaysUntilItIsRenewed() throws {
        let fixture = try JournalFixture()
        let first = try fixture.open().identity()
        let journal = try fixture.open()
        #expect(try journal.identity() == first)
        #expect(first.utf8.count == 36)
        let renewed = try journal.renewIdentity()
        #expect(renewed != first)
        #expect(try fixture.open().identity() == renewed)
        #expect(try JournalFixture().open().identity() != first)
    }

    @Test func recordsThatWaitAndThatHaveLeftAreItsOwn() throws {
        let fixture = try JournalFixture()
        do {
            let journal = try fixture.open()
            for number in 1...3 { try journal.commit(group(number)) }
            #expect(try journal.hasGiven(record: 9, createdAt: at(3)))
            #expect(try journal.hasGiven(record: 5, createdAt: at(2)))
            try journal.removeRecords(through: 5)
            #expect(try journal.hasGiven(record: 5, createdAt: at(2)))
            try journal.removeRecords(through: 9)
        }
        let journal = try fixture.open()
        #expect(try journal.hasGiven(record: 9, createdAt: at(3)))
        #expect(try !journal.hasGiven(record: 10, createdAt: at(4)))
    }

    @Test func afterAnOlderCopyWasRestoredWhatItNeverGaveIsNot() throws {
        let fixture = try JournalFixture()
        do { try fixture.open().commit(group(1)) }
        let copy = try Data(contentsOf: URL(fileURLWithPath: fixture.path))
        do {
            let journal = try fixture.open()
            try journal.commit(group(2))
            try journal.removeRecords(through: 6)
        }
        try copy.write(to: URL(fileURLWithPath: fixture.path))
        let journal = try fixture.open()
        #expect(try !journal.hasGiven(record: 6, createdAt: at(2)))
        // It goes on for a while before it meets the database, and gives the same numbers to others.
        try journal.commit(group(30))
        try journal.commit(group(31))
        #expect(try !journal.hasGiven(record: 6, createdAt: at(2)))
        #expect(try journal.hasGiven(record: 6, createdAt: at(30)))
        // The records of before the copy are its own.
        #expect(try journal.hasGiven(record: 3, createdAt: at(1)))
    }

    @Test func aNewJournalHasGivenNothing() throws {
        #expect(try !JournalFixture().open().hasGiven(record: 1, createdAt: at(0)))
    }
}
