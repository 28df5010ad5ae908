package import Alerts
package import SSH

/// A `<delivery>`: where closed batches are sent.
package struct DeliverySettings: Equatable, Sendable {
    package var name: String
    /// `target.name` is the delivery's name.
    package var target: SSHTarget
    /// On the receiver; absolute, or relative to the login directory, which is `.` itself; without a slash at its end, but
    /// for `/`.
    package var directory: String
    /// Time between two tries once three have failed.
    package var retry: Duration
    /// Rules of `delivery_failed` for it; at least one.
    package var alerts: [AlertRule]
    /// Who is told what is no alert of a rule: a name that another file has, a batch that was edited.
    package var recipients: [String]

    package init(
        name: String,
        target: SSHTarget,
        directory: String,
        retry: Duration = .seconds(300),
        alerts: [AlertRule],
        recipients: [String] = []
    ) {
        self.name = name
        self.target = target
        self.directory = directory
        self.retry = retry
        self.alerts = alerts
        self.recipients = recipients
    }

    /// Where files are stored, as one text: two deliveries with the same have the same receiver.
    package var receiver: String { "\(target.user)@\(target.address):\(target.port) \(directory)" }
}

/// The `<summary>`.
package struct SummarySettings: Equatable, Sendable {
    /// How far into each hour (UTC) it is made, less than an hour.
    package var at: Duration
    /// At least one.
    package var recipients: [String]

    package init(at: Duration = .seconds(900), recipients: [String]) {
        self.at = at
        self.recipients = recipients
    }
}
