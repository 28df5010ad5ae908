import Wire

extension DatabaseWriter {
    /// Enters the hours of these samples in the list of roll-ups to make, in the transaction that stores them.
    ///
    /// Each connection has rows of its own there: several programs do not wait for each other, and whoever takes an
    /// hour off the list waits for the transactions that have entered it.
    func enterHours(of polls: [HostSamples]) throws(DatabaseError) {
        var hours: Set<Timestamp> = []
        for poll in polls where poll.samples.contains(where: { $0.value.isFinite }) {
            hours.insert(RollUp.hourly.start(of: poll.collectedAt))
        }
        try RollUpsDue(connection, text).enter(hours.sorted(), .hourly)
    }
}
