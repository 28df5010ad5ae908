import Database
import Journal
import Logging

extension Journal {
    /// The id under which a database counts this journal's traffic.
    ///
    /// A journal that was restored from an older copy begins to give numbers that the database has already counted.
    /// Under its old id, what it records from now on would be passed over; it takes a new one.
    func identity(for writer: DatabaseWriter, _ logger: Logger) throws -> String {
        let id = try identity()
        guard let position = try writer.position(of: id),
            try !hasGiven(record: position.record, createdAt: position.recordedAt)
        else { return id }
        let new = try renewIdentity()
        logger.warning(
            """
            the journal is not the one that the database knows: it was restored from an older copy, or another metricsd \
            runs with a copy of it. It goes on under the new id \(new); requests that were counted since that copy was \
            made are counted twice where their logs are read again.
            """,
            metadata: ["journal": "\(path)", "old_id": "\(id)", "counted_through": "\(position.record)"]
        )
        _ = try writer.position(of: new)
        return new
    }
}
