import Alerts
import Database
import Mail
import Probe
import SSH
import Secrets

/// Turns a document into settings. Every finding is gathered; values whose form is wrong have been reported by
/// `GrammarCheck` and are read as absent here, so that nothing is reported twice.
final class SettingsReader {
    let root: Element
    let file: ConfigurationFile
    let account: LocalAccount
    let findings: Findings
    var hosts: [HostSettings] = []
    var hostElements: [String: Element] = [:]
    /// What `<alert>`, `<command>` and `<log>` elements say by themselves, read once however many hosts share them.
    var alertElements: [ObjectIdentifier: AlertElement] = [:]
    var commandElements: [ObjectIdentifier: CommandElement] = [:]
    var logElements: [ObjectIdentifier: LogElement] = [:]
    /// What `<maintenance>` elements say, read once however many hosts share them; nil where that is wrong.
    var maintenanceElements: [ObjectIdentifier: MaintenanceWindow?] = [:]
    /// By host, the attribute that names its parent.
    var parentAttributes: [String: Attribute] = [:]
    /// Names of all commands of the file.
    var commandNames: Set<String> = []
    var ruleCount = 0
    /// In the order of the file, by name; those that could not be read are nil.
    var deliveries: [(element: Element, name: String, settings: DeliverySettings?)] = []
    var usedDeliveries: Set<String> = []
    /// By delivery and name, the first log that has files of that name.
    var batchNames: [String: String] = [:]
    var storesWithSharedNames: Set<ObjectIdentifier> = []
    /// In the order in which hosts name them.
    var bastions: [HostSettings] = []
    /// The `mail` that holds for each host.
    var mail: [String: [String]] = [:]
    let openSSHFiles: OpenSSHFiles
    var hostsWithoutLogin: [(name: String, location: SourceLocation)] = []

    init(root: Element, file: ConfigurationFile, account: LocalAccount, findings: Findings) {
        self.root = root
        self.file = file
        self.account = account
        self.findings = findings
        openSSHFiles = OpenSSHFiles(account: account)
    }

    /// Nil where there are errors.
    func read() -> ServerConfiguration? {
        guard GrammarCheck(findings: findings).check(root: root) else { return nil }
        let database = root.children("database").first.flatMap(database)
        let retention = root.children("database").first.map(retention) ?? RetentionSettings()
        let smtp = root.children("smtp").first.flatMap(smtp)
        readDeliveries()
        readCommandElements(in: root)
        readLogElements(in: root)
        readHosts(in: root, scope: [])
        checkParents()
        shareBastions()
        reportAlertsWithoutTheirCommand()
        warnAboutAlertsWithoutLogs()
        warnAboutDeliveries()
        let summary = root.children("summary").first.flatMap(summary)
        if hostElements.isEmpty && !findings.hasErrors {
            findings.error(
                at: root.location,
                "there is no host to watch",
                allowed: "add <host name=\"web-1\" address=\"192.0.2.11\"/>"
            )
        }
        warnAboutHostsWithoutLogin()
        warnAboutMail(hasServer: root.children("smtp").first != nil)
        guard !findings.hasErrors else { return nil }
        return ServerConfiguration(
            file: file.path,
            stateDirectory: stateDirectory,
            database: database,
            retention: retention,
            smtp: smtp,
            maxDisk: maxDisk(),
            deliveries: deliveries.compactMap(\.settings),
            summary: summary,
            recipients: root.attribute("mail").map { ListText.words($0.value) } ?? [],
            maintenance: maintenance(in: [root]),
            hosts: hosts,
            bastions: bastions,
            warnings: findings.sorted
        )
    }

    var stateDirectory: String {
        root.children("state").first?.attribute("directory").map(path) ?? account.stateDirectory
    }

    func path(_ attribute: Attribute) -> String {
        account.absolute(attribute.value, from: file.folder)
    }

    private func warnAboutMail(hasServer: Bool) {
        guard hasServer else {
            return findings.warning(
                at: root.location,
                "there is no <smtp>: no mail will be sent",
                allowed: "alerts are recorded and logged only"
            )
        }
        for alert in alertElements.values where alert.hasHostWithoutRecipient {
            findings.warning(
                at: alert.element.location,
                "nobody gets the mails of this alert",
                allowed: alert.isOnDeliveries
                    ? "add mail=\"…\" to it, its <delivery> or <metricsd>"
                    : "add mail=\"…\" to it, its host, a group or <metricsd>"
            )
        }
    }
}
