import ArgumentParser
import Configuration
import Foundation
import Monitor

struct SilenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence",
        abstract: "Have nobody told of alerts for a while; list and end such silences.",
        usage: """
            metricsd silence HOST [--type TYPE] --for 2h --reason "kernel update"
            metricsd silence HOST [--type TYPE] --until 22:00 --reason "kernel update"
            metricsd silence --list
            metricsd silence --end ID
            """,
        discussion: """
            Alerts are kept and shown by metricsd status as ever. What still fires at the end is told then; what began and \
            ended meanwhile is told to nobody. A metricsd that runs obeys within a second; otherwise its next start does.
            """
    )

    @OptionGroup var config: ConfigurationOption

    @Argument(
        help: ArgumentHelp("The host, a pattern such as 'web-*', or metricsd for its own alerts.", valueName: "host")
    )
    var host: String?

    @Option(help: "Only alerts of this type: a metric type, the name of a command, unreachable, no_data…")
    var type: String?

    @Option(name: .customLong("for"), help: ArgumentHelp("How long, as 30m, 2h or 1d.", valueName: "duration"))
    var duration: String?

    @Option(help: ArgumentHelp("Until when, as 22:00 or 2026-12-01 22:00 (UTC).", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("Why: what is done, for mails and metricsd status.", valueName: "text"))
    var reason: String?

    @Flag(help: "Show what is silenced now, and maintenance that takes place now.")
    var list = false

    @Option(help: ArgumentHelp("End the silence of this number.", valueName: "id"))
    var end: Int64?

    func validate() throws {
        let others = [host, type, duration, until, reason].contains { $0 != nil }
        if list || end != nil {
            guard !others, !(list && end != nil) else {
                throw ValidationError("--list and --end stand alone")
            }
            return
        }
        guard host != nil else { throw ValidationError("name a host or a pattern, or give --list or --end ID") }
        guard (duration == nil) != (until == nil) else {
            throw ValidationError("say how long: either --for 2h or --until 22:00")
        }
        guard reason != nil else {
            throw ValidationError("say why with --reason \"…\": it stands in mails and in metricsd status")
        }
    }

    func run() throws {
        let request = SilenceRequest(try config.loadOrRemember())
        do {
            print(try answer(request), terminator: "")
        } catch let refusal as SilenceRequest.Refusal {
            printError("metricsd: \(refusal)")
            throw ExitCode.validationFailure
        } catch {
            printError("metricsd: \(error)")
            throw ExitCode.unavailable
        }
        if !list, !request.isRunning { printError("metricsd does not run; its next start takes this over.") }
    }

    private func answer(_ request: SilenceRequest) throws -> String {
        if list { return try request.list() }
        if let end { return try request.end(end) + "\n" }
        let length = duration.map(SilenceRequest.End.duration) ?? .moment(until ?? "")
        return try request.add(
            host: host ?? "",
            type: type,
            end: length,
            reason: reason ?? "",
            author: Self.loginName
        ) + "\n"
    }

    /// Who is logged in, also behind sudo; the account itself where nobody is.
    private static var loginName: String {
        var name = [CChar](repeating: 0, count: 256)
        if getlogin_r(&name, name.count) == 0 {
            let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            if !bytes.isEmpty { return String(decoding: bytes, as: UTF8.self) }
        }
        return ProcessInfo.processInfo.environment["SUDO_USER"].flatMap { $0.isEmpty ? nil : $0 } ?? NSUserName()
    }
}
