import Configuration
import Database
import Journal
import LogBatches
import Mail

/// What a drain runs on: it is begun anew when that changes, and only then.
enum DrainSettings: Equatable, Sendable {
    case delivery(DeliverySettings)
    case housekeeping(stores: [LogName: StoreSettings], isSummarized: Bool)
    case summary(SummarySettings, domain: String, deliveries: [String], logs: Set<LogName>)
    /// nil: a server of our own.
    case upkeep(DatabaseSettings?, RetentionSettings)
    /// nil: a server of our own. Commands are metrics, which it describes in the database.
    case database(DatabaseSettings?, commands: [String])
    case mail(SMTPSettings)

    /// - Parameter hasFiles: whether there are batch files: they are kept for their time, also where no log is stored any more.
    static func all(_ configuration: ServerConfiguration, hasFiles: Bool) -> [DrainName: DrainSettings] {
        var all: [DrainName: DrainSettings] = [
            .database: .database(
                configuration.database,
                commands: Set(configuration.hosts.flatMap { $0.commands.map(\.name) }).sorted()
            ),
            .upkeep: .upkeep(configuration.database, configuration.retention),
        ]
        all[.mail] = configuration.smtp.map(DrainSettings.mail)
        for delivery in configuration.deliveries { all[.delivery(delivery.name)] = .delivery(delivery) }
        let stores = configuration.stores
        if !stores.isEmpty || hasFiles {
            let isSummarized = configuration.summary != nil && configuration.smtp != nil
            all[.housekeeping] = .housekeeping(stores: stores, isSummarized: isSummarized)
        }
        if let summary = configuration.summary, let smtp = configuration.smtp {
            all[.summary] = .summary(
                summary,
                domain: smtp.from.domain,
                deliveries: configuration.deliveries.map(\.name),
                logs: Set(stores.keys)
            )
        }
        return all
    }
}

extension ServerConfiguration {
    /// How the lines of each log with a `<store>` are kept.
    var stores: [LogName: StoreSettings] {
        var stores: [LogName: StoreSettings] = [:]
        for host in hosts {
            for log in host.logs { stores[LogName(host: host.name, log: log.name)] = log.store }
        }
        return stores
    }
}
