package import Wire

/// What the recorder makes of one group of snapshots: committed whole or not at all.
package struct JournalGroup: Sendable {
    /// When the group was made; the age of its records and notifications counts from here.
    package var createdAt: Timestamp
    package var records: [JournalRecord]
    /// In the order they happened.
    package var alertStates: [AlertStateChange]
    package var notifications: [PendingNotification]
    package var hostStates: [HostState]

    package init(
        createdAt: Timestamp,
        records: [JournalRecord] = [],
        alertStates: [AlertStateChange] = [],
        notifications: [PendingNotification] = [],
        hostStates: [HostState] = []
    ) {
        self.createdAt = createdAt
        self.records = records
        self.alertStates = alertStates
        self.notifications = notifications
        self.hostStates = hostStates
    }

    package var isEmpty: Bool {
        records.isEmpty && alertStates.isEmpty && notifications.isEmpty && hostStates.isEmpty
    }
}

extension Journal {
    /// Stores a group in one transaction; when this returns, it survives a crash and a loss of power.
    ///
    /// On an error nothing of the group is stored; `isTransient` tells whether the same group can be given again.
    package func commit(_ group: JournalGroup) throws(JournalError) {
        guard !group.isEmpty else { return }
        try write("commit to") { database in
            try Journal.insert(group.records, createdAt: group.createdAt, into: database)
            for change in group.alertStates { try Journal.apply(change, to: database) }
            for notification in group.notifications {
                try Journal.insert(notification, createdAt: group.createdAt, into: database)
            }
            for state in group.hostStates { try Journal.save(state, in: database) }
        }
    }
}
