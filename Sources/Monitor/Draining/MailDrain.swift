import Alerts
import Foundation
import Journal
import Logging
import Mail
import Wire

/// Makes mails of the journal's notifications and carries them to the SMTP server, on a thread of its own.
///
/// Notifications wait ten seconds for others to the same recipients. A mail is written into the outbox in the same
/// transaction that takes its notifications away, and leaves the outbox when the server has confirmed it: at least
/// once, and always under the same Message-ID, so that a mail sent twice is seen as one.
final class MailDrain {
    private static let sentMailsKept = Duration.seconds(7 * 86_400)

    private let client: SMTPClient
    private let journal: Journal
    private let signal: DrainSignal
    private let logger: Logger
    private let groupingWindow: Duration
    private var generator = SystemRandomNumberGenerator()
    private var pruneDue = ContinuousClock.now

    init(
        settings: SMTPSettings,
        journal: Journal,
        signal: DrainSignal,
        logger: Logger,
        groupingWindow: Duration = .seconds(10)
    ) {
        client = SMTPClient(settings)
        self.journal = journal
        self.signal = signal
        self.logger = logger
        self.groupingWindow = groupingWindow
    }

    /// Blocks until the signal says to finish and nothing is due, or the deadline has come.
    func run() {
        while !signal.isOver {
            do {
                // At the end nothing waits for company: what is known is told.
                let window = signal.deadline == nil ? groupingWindow : .zero
                for group in try journal.dueNotifications(now: .now, groupingWindow: window) { try compose(group) }
                if let mail = try journal.nextMail(now: .now) {
                    try send(mail)
                    continue
                }
                guard signal.deadline == nil else { return }
                try prune()
                signal.wait(for: try untilNext())
            } catch {
                logger.error("\(error)")
                // A pause is over at once when the drain is to end.
                signal.deadline == nil ? signal.pause(for: .seconds(5)) : signal.wait(for: .milliseconds(200))
            }
        }
    }

    private func compose(_ group: NotificationGroup) throws {
        if group.notifications.count < group.ids.count {
            logger.critical(
                "\(group.ids.count - group.notifications.count) notifications of the journal cannot be read and are left out"
            )
        }
        var raisedIDs: [String: String] = [:]
        for alert in Set(group.notifications.map(\.alert.id)) {
            raisedIDs[alert] = try journal.messageID(raising: alert, to: group.recipients)
        }
        let mails = AlertMail.compose(
            group.notifications,
            domain: client.settings.from.domain,
            raisedMessageIDs: raisedIDs
        )
        let queued = try mails.map { mail in
            OutboxMail(
                messageID: mail.messageID,
                recipients: group.recipients,
                subject: mail.subject,
                content: [UInt8](try JSONEncoder().encode(QueuedMail(mail, to: group.recipients))),
                createdAt: .now,
                raisedAlerts: mail.kind == .raised ? mail.alertIDs : [],
                resolvedAlerts: mail.kind == .resolved ? mail.alertIDs : []
            )
        }
        try journal.enqueueMails(queued, consuming: group.ids)
    }

    private func send(_ mail: StoredMail) throws {
        let addressees = Self.addresses(mail.recipients)
        guard let queued = try? JSONDecoder().decode(QueuedMail.self, from: Data(mail.content)), !addressees.isEmpty
        else {
            // It would stand in the way of everything behind it forever.
            try journal.markRefused(mail.id, error: "its text or its recipients cannot be read", at: .now)
            logger.critical(
                "a mail of the journal cannot be read and is not sent",
                metadata: ["subject": "\(mail.subject)"]
            )
            return
        }
        let message = MailMessage(
            from: client.settings.from,
            to: Self.addresses(queued.recipients),
            subject: mail.subject,
            body: queued.body,
            html: queued.html,
            messageID: mail.messageID,
            inReplyTo: queued.inReplyTo,
            references: queued.references,
            dateSeconds: mail.createdAt.milliseconds / 1_000
        )
        let receipt: MailReceipt
        do throws(MailError) {
            receipt = try client.send(message, to: addressees, isCancelled: { [signal] in signal.isOver })
        } catch {
            return try failed(mail, error)
        }
        // Those whom the server refused for now are tried again; the others have the mail.
        let refused = Dictionary(receipt.refused.map { ($0.recipient, $0) }) { first, _ in first }
        let never = addressees.filter { refused[$0.address]?.isTransient == false }
        if !never.isEmpty {
            try journal.keepRefused(
                mail.id,
                recipients: never.map(\.description),
                error: never.compactMap { refused[$0.address].map { "\($0.replyCode) \($0.text)" } }
                    .joined(separator: "; "),
                at: .now
            )
        }
        let later = addressees.filter { refused[$0.address]?.isTransient == true }
        if later.isEmpty {
            try journal.markSent(mail.id, at: .now)
        } else {
            try journal.markPartlySent(
                mail.id,
                remaining: later.map(\.description),
                error: later.compactMap { refused[$0.address]?.text }.joined(separator: "; "),
                retryAt: .now + retryDelay(after: mail.attempts)
            )
        }
        let to = addressees.map(\.address).filter { refused[$0] == nil }.joined(separator: " ")
        logger.info("mail sent: \(mail.subject)", metadata: ["to": "\(to)", "reply": "\(receipt.reply)"])
        for refusal in receipt.refused {
            let mend = refusal.isTransient ? "It is tried again." : "Check the address in the mail attribute."
            logger.error("mail refused for \(refusal.recipient): \(refusal.replyCode) \(refusal.text). \(mend)")
        }
    }

    /// Recipients are checked where the configuration is read; one that is unreadable now is left out.
    private static func addresses(_ recipients: [String]) -> [MailAddress] {
        recipients.compactMap { try? MailAddress(parsing: $0) }
    }

    private func failed(_ mail: StoredMail, _ error: MailError) throws {
        guard error.isTransient else {
            try journal.markRefused(mail.id, error: error.description, at: .now)
            logger.critical(
                "\(error) The mail is kept in the journal and shown by metricsd status.",
                metadata: ["subject": "\(mail.subject)"]
            )
            return
        }
        let delay = retryDelay(after: mail.attempts)
        try journal.markFailed(mail.id, error: error.description, retryAt: .now + delay)
        // The same trouble again is no news.
        logger.log(
            level: error.description == mail.lastError ? .debug : .error,
            "\(error) The mail is kept and tried again in \(ValueText.duration(milliseconds: delay.milliseconds)).",
            metadata: ["subject": "\(mail.subject)"]
        )
    }

    /// 5 s, 10 s… to 10 minutes, with jitter.
    private func retryDelay(after attempts: Int) -> Duration {
        let delay = min(Duration.seconds(5 << min(attempts, 10)), .seconds(600))
        return delay * Double.random(in: 0.75...1, using: &generator)
    }

    private func untilNext() throws -> Duration {
        let moments = [
            try journal.nextNotificationDue(groupingWindow: groupingWindow), try journal.nextMailAttempt(),
        ].compactMap { $0 }
        guard let next = moments.min() else { return .seconds(60) }
        return min(.milliseconds(max(next.milliseconds - Timestamp.now.milliseconds, 1)), .seconds(60))
    }

    private func prune() throws {
        guard ContinuousClock.now >= pruneDue else { return }
        pruneDue = .now + .seconds(3_600)
        try journal.pruneMails(sentBefore: .now - Self.sentMailsKept)
    }
}
