import Foundation
import GRDB
package import Wire

/// Which journal this is, for a database that many write to.
///
/// What is added up in the database must be added once, so the database keeps how far it has counted: this journal's id
/// and a record's number. That number means something only while the journal goes on from where it was. A journal that
/// was restored from a copy gives the same numbers to other records, and has to take a new id.
extension Journal {
    /// Made at the first call, and kept.
    package func identity() throws(JournalError) -> String {
        if let id = try metadata(.instanceID) { return id }
        return try renewIdentity()
    }

    /// Takes a new id: for the database, all of the journal's records are new then.
    package func renewIdentity() throws(JournalError) -> String {
        let id = UUID().uuidString.lowercased()
        try writeFromReserve("write to") { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO metadata (name, value) VALUES (?, ?)",
                arguments: [MetadataName.instanceID.rawValue, id]
            )
        }
        return id
    }

    /// Whether the records up to `id` can be this journal's: false after it was restored from an older copy.
    ///
    /// Records leave in their order, each only behind those before it. So while one up to `id` is waiting, `id` itself
    /// is, too; and it is the same one if it was made at the same time.
    package func hasGiven(record id: Int64, createdAt: Timestamp) throws(JournalError) -> Bool {
        try read("read") { database in
            let last = try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'records'")
            guard let last, id <= last else { return false }
            let oldest = try Int64.fetchOne(database, sql: "SELECT MIN(id) FROM records")
            guard let oldest, oldest <= id else { return true }
            let time = try Int64.fetchOne(
                database,
                sql: "SELECT created_at FROM records WHERE id = ?",
                arguments: [id]
            )
            return time == createdAt.milliseconds
        }
    }
}
