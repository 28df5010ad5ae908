import Alerts
import Journal
import Logging

/// A journal that cannot be read: a new one is begun at the start, and everybody is told.
extension Monitoring {
    /// To the log, and to all who get mails about metricsd itself.
    func tellDamagedJournal() {
        guard let damaged = damagedJournal else { return }
        logger.critical(
            """
            the journal was damaged (\(damaged.finding)), and a new one is begun. What waited in it and which alerts were open \
            is lost, unless it is saved from \(damaged.folder) (`sqlite3 FILE .recover`). Look for errors of the disk in the \
            kernel's log.
            """,
            metadata: ["bytes": "\(damaged.bytes)"]
        )
        let event = ServiceEvent.journalDamaged(folder: damaged.folder, finding: damaged.finding)
        mailbox.post(ServiceReport(at: .now, events: [event]))
    }

    /// What to do when damage is found in the journal while it is used. Nothing can be stored any more: the program is to end
    /// with an error, and its next start begins a new one.
    package func whenJournalIsDamaged(_ action: @escaping @Sendable () -> Void) { journal.whenDamaged(action) }

    package var isJournalDamaged: Bool { journal.isDamaged }
}
