import Configuration
import Database
import Journal
import LogBatches
import Wire

/// The outputs of commands among the lines of logs.
struct CommandView {
    private struct Source: Hashable {
        var host: String
        var command: String
    }

    private let reader: CommandOutputReader
    private let selection: LogSelection
    /// The newest run that was shown, by the host's clock.
    private var shown: [Source: Timestamp] = [:]

    /// - Throws: where the database cannot be reached.
    init(_ configuration: ServerConfiguration, _ selection: LogSelection) throws(LogViewError) {
        self.selection = selection
        do throws(DatabaseError) {
            let settings: DatabaseSettings
            if let database = configuration.database {
                settings = database
            } else {
                settings = try EmbeddedServer(directory: "\(configuration.stateDirectory)/mariadb").settings
            }
            reader = try CommandOutputReader(settings)
        } catch {
            let mend = configuration.database == nil ? " The private MariaDB runs as long as `metricsd run` does." : ""
            throw LogViewError(.unavailable, "the outputs of commands cannot be read: \(error)\(mend)")
        }
    }

    /// What came since the last call, one stream for each command and host.
    /// - Parameter label: the place of a name among the output's.
    mutating func streams(
        _ filter: LineFilter,
        label: (LogName) -> Int
    ) throws(LogViewError) -> [CommandStream] {
        var streams: [CommandStream] = []
        do throws(DatabaseError) {
            for command in selection.commands {
                for host in try reader.hosts(of: command) where selection.wants(host: host.name) {
                    let source = Source(host: host.name, command: command)
                    let last = shown[source]
                    guard last.map({ host.newestAt > $0 }) ?? true else { continue }
                    streams.append(
                        CommandStream(
                            reader,
                            command: command,
                            host: host,
                            label: label(LogName(host: host.name, log: command)),
                            after: last,
                            filter: filter
                        )
                    )
                    shown[source] = host.newestAt
                }
            }
        } catch {
            throw LogViewError(.unavailable, "the outputs of commands cannot be read: \(error)")
        }
        return streams
    }

    /// What was given is given again.
    mutating func forget() { shown = [:] }
}
