import ArgumentParser
import Configuration
import Monitor

/// `metricsd host …`
struct HostCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "host",
        abstract: "What is decided about a single host.",
        subcommands: [Accept.self]
    )

    struct Accept: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "accept",
            abstract: "Accept the machine that answers for a host as the right one.",
            discussion: """
                A host is bound to the machine-id that it showed first. Another machine is refused, and nothing of it is \
                recorded (alert machine_changed). This command binds the host to the one that was refused last. A running \
                metricsd tries it within some seconds. Exit status 69 where there is nothing to accept.
                """
        )

        @OptionGroup var config: ConfigurationOption

        @Argument(help: "A host's name in the configuration.")
        var host: String

        func run() throws {
            let settings = try config.loadOrRemember()
            let target = try settings.hostArgument(host)
            let acceptance: HostAcceptance
            do {
                acceptance = try HostAcceptance(target, in: settings)
            } catch {
                printError("metricsd: \(error)")
                throw ExitCode.unavailable
            }
            guard acceptance.succeeded else {
                printError("metricsd: \(acceptance.text)")
                throw ExitCode.unavailable
            }
            print(acceptance.text)
        }
    }
}

extension ServerConfiguration {
    /// The host that an argument names; a usage error where there is none.
    func hostArgument(_ name: String) throws -> HostSettings {
        do throws(UnknownHost) {
            return try host(named: name)
        } catch {
            throw ValidationError(error.description)
        }
    }
}
