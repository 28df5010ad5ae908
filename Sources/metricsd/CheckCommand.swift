import ArgumentParser
import Configuration
import Foundation
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
        if settings.database == nil {
            print("no <database> names a server: run starts a MariaDB of its own under \(settings.stateDirectory)")
        }
        guard connect else { return }
        print()
        // What follows is written as it comes, not when a buffer is full.
        fflush(nil)
        let succeeded = try ConnectionCheck(settings).run { result in
            StandardStream.output.write(result.text)
        }
        if !succeeded { throw ExitCode.unavailable }
    }
}
