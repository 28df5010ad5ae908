import Foundation

/// Who runs metricsd: where `~` leads and what is the default where the configuration is silent.
package struct LocalAccount: Sendable {
    package var name: String
    package var home: String
    package var isRoot: Bool
    package var environment: [String: String]

    package init(name: String, home: String, isRoot: Bool, environment: [String: String]) {
        self.name = name
        self.home = home
        self.isRoot = isRoot
        self.environment = environment
    }

    /// The account of this process: its effective user, `$HOME` before the home of the account database.
    package static var current: LocalAccount {
        let environment = ProcessInfo.processInfo.environment
        let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
        return LocalAccount(
            name: NSUserName(),
            home: home,
            isRoot: geteuid() == 0,
            environment: environment
        )
    }

    /// Where the state is kept where the configuration names no directory: the system's own place for root and for the
    /// account of the packaged service, whose home it is, so that `status` as root finds the service's; for others as
    /// the XDG Base Directory Specification says.
    var stateDirectory: String {
        let system = "/var/lib/metricsd"
        if isRoot || home == system { return system }
        if let folder = environment["XDG_STATE_HOME"], folder.hasPrefix("/") { return "\(folder)/metricsd" }
        return "\(home)/.local/state/metricsd"
    }

    var hasAgent: Bool { environment["SSH_AUTH_SOCK"]?.isEmpty == false }

    /// An absolute path: `~` is the home, a relative path starts at the folder.
    func absolute(_ path: String, from folder: String) -> String {
        if path == "~" { return home }
        if path.hasPrefix("~/") { return home + path.dropFirst() }
        if path.hasPrefix("/") { return path }
        let start = URL(fileURLWithPath: folder, isDirectory: true)
        return URL(fileURLWithPath: path, relativeTo: start).standardizedFileURL.path
    }
}
