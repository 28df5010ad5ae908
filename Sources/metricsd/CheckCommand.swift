import ArgumentParser
import Configuration
import Monitor

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validate the configuration, and with --connect the way to every host and service."
    )

    @OptionGroup var config: ConfigurationOption

    @Flag(help: "Also connect: each host step by step, then the database, then the mail server.")
    var connect = false

    func run() throws {
        let settings = try config.load(showsWarnings: true)
        let hosts = settings.hosts.count
        print("\(settings.file): valid, \(hosts) \(hosts == 1 ? "host" : "hosts")")
        if settings.smtp == nil { print("no <smtp>: alerts are recorded and logged, no mail will be sent") }
        if settings.database == nil {
            print("no <database>: run starts a MariaDB of its own under \(settings.stateDirectory)")
        }
        guard connect else { return }
        print()
        let succeeded = try ConnectionCheck(settings).run { result in
            print(result.text, terminator: "")
        }
        if !succeeded { throw ExitCode.unavailable }
    }
}
