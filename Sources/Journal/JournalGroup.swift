package import Alerts
package import LogBatches
package import Wire

/// What the recorder makes of one group of snapshots: committed whole or not at all.
package struct JournalGroup: Sendable {
    /// When the group was made; the age of its records and notifications counts from here.
    package var createdAt: Timestamp
    package var records: [JournalRecord]
    /// In the order they happened: their states are kept and their notifications queued. Their `alerts` rows are the
    /// recorder's to put into `records`.
    package var alertChanges: [AlertChange]
    package var hostStates: [HostState]
    package var machines: [MachineStep]
    /// At most one of each log.
    package var logs: [LogProgress]
    /// Saved whole, in this order.
    package var batches: [LogBatch]
    /// Ids of batches to forget.
    package var removedBatches: [Int64]

    package init(
        createdAt: Timestamp,
        records: [JournalRecord] = [],
        alertChanges: [AlertChange] = [],
        hostStates: [HostState] = [],
        machines: [MachineStep] = [],
        logs: [LogProgress] = [],
        batches: [LogBatch] = [],
        removedBatches: [Int64] = []
    ) {
        self.createdAt = createdAt
        self.records = records
        self.alertChanges = alertChanges
        self.hostStates = hostStates
        self.machines = machines
        self.logs = logs
        self.batches = batches
        self.removedBatches = removedBatches
    }

    package var isEmpty: Bool {
        records.isEmpty && alertChanges.isEmpty && hostStates.isEmpty && machines.isEmpty && logs.isEmpty
            && batches.isEmpty && removedBatches.isEmpty
    }
}

extension Journal {
    /// Stores a group in one transaction; when this returns, it survives a crash and a loss of power.
    ///
    /// On an error nothing of the group is stored; `isTransient` tells whether the same group can be given again.
    package func commit(_ group: JournalGroup) throws(JournalError) {
        guard !group.isEmpty else { return }
        try leaveReserveToDrains(for: group)
        try write("commit to") { database in
            try Journal.insert(group.records, createdAt: group.createdAt, into: database)
            for change in group.alertChanges {
                try Journal.keepState(of: change, in: database)
                try Journal.keepEvent(of: change, at: group.createdAt, in: database)
                if let notification = change.notification {
                    try Journal.insert(notification, createdAt: group.createdAt, into: database)
                }
            }
            for state in group.hostStates { try Journal.save(state, in: database) }
            for step in group.machines { try Journal.save(step, in: database) }
            for progress in group.logs { try Journal.save(progress, in: database) }
            for batch in group.batches { try Journal.save(batch, in: database) }
            for id in group.removedBatches { try Journal.removeBatch(id, from: database) }
        }
    }
}
