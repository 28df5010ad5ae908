package import Database
package import Mail

/// What server_config.xml says, ready to run: every name checked, every default filled in, every path absolute.
package struct ServerConfiguration: Equatable, Sendable {
    /// The path as it was given.
    package var file: String
    /// Absolute; it may not exist yet.
    package var stateDirectory: String
    /// Nil: a private server under the state directory.
    package var database: DatabaseSettings?
    /// How long the rows are kept, wherever the database is.
    package var retention: RetentionSettings
    /// Nil: no mail is sent.
    package var smtp: SMTPSettings?
    /// What batch files may take, in bytes; nil without a limit.
    package var maxDisk: UInt64?
    /// No two of one name.
    package var deliveries: [DeliverySettings]
    package var summary: SummarySettings?
    /// Who is told what is about metricsd itself: the `mail` of `<metricsd>`.
    package var recipients: [String]
    /// Of metricsd itself; hosts have it among their own.
    package var maintenance: [MaintenanceWindow]
    /// In the order of the file; at least one; no two of one name.
    package var hosts: [HostSettings]
    /// The ways to hosts that are not reached directly, as hosts of their own: each before those that are reached
    /// through it. Their names, `jump:user@bastion:22`, are none that a host can have.
    package var bastions: [HostSettings]
    /// What `metricsd check` tells although the file can be used.
    package var warnings: [Diagnostic]
    /// Made of what a journal knows, without the file: of hosts there are the names only, and nothing else.
    package var isRemembered = false

    package init(
        file: String,
        stateDirectory: String,
        database: DatabaseSettings? = nil,
        retention: RetentionSettings = RetentionSettings(),
        smtp: SMTPSettings? = nil,
        maxDisk: UInt64? = nil,
        deliveries: [DeliverySettings] = [],
        summary: SummarySettings? = nil,
        recipients: [String] = [],
        maintenance: [MaintenanceWindow] = [],
        hosts: [HostSettings],
        bastions: [HostSettings] = [],
        warnings: [Diagnostic] = []
    ) {
        self.file = file
        self.stateDirectory = stateDirectory
        self.database = database
        self.retention = retention
        self.smtp = smtp
        self.maxDisk = maxDisk
        self.deliveries = deliveries
        self.summary = summary
        self.recipients = recipients
        self.maintenance = maintenance
        self.hosts = hosts
        self.bastions = bastions
        self.warnings = warnings
    }

    /// Bastions and hosts: all that has a state and alerts.
    package var watched: [HostSettings] { bastions + hosts }

    /// Reads and checks a configuration file. Blocks for reading it and for looking whether the files it names are
    /// there and private; no name is resolved and nothing is connected.
    ///
    /// - Parameter account: who runs metricsd; tests pass another.
    /// - Throws: every error of the file at once, with its warnings, in the order of the file.
    package static func load(
        _ path: String,
        account: LocalAccount = .current
    ) throws(ConfigurationErrors) -> ServerConfiguration {
        let findings = Findings(file: path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
        var stateDirectory: String?
        do throws(DocumentError) {
            let file = try ConfigurationFile(reading: path)
            let root = try DocumentParser.parse(file.bytes)
            let reader = SettingsReader(root: root, file: file, account: account, findings: findings)
            if let configuration = reader.read() { return configuration }
            stateDirectory = reader.stateDirectory
        } catch {
            findings.error(at: error.location, error.what, allowed: error.allowed)
        }
        throw ConfigurationErrors(diagnostics: findings.sorted, stateDirectory: stateDirectory)
    }
}
