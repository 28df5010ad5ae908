import Alerts
import Logging
import Wire

/// Commands that the host's restricted key does not list.
extension RecordedHost {
    /// Told once for each command, until it is allowed again.
    mutating func forbiddenCommands(in snapshot: Snapshot) -> [LogLine] {
        snapshot.commandResults.compactMap { result in
            guard result.isForbidden else {
                forbiddenCommands.remove(result.command)
                return nil
            }
            guard let command = commandName(result.command), forbiddenCommands.insert(result.command).inserted else {
                return nil
            }
            return LogLine(
                level: .warning,
                host: name,
                text: "\(name): command \(command): \(RestrictedKeyText.command)"
            )
        }
    }
}
