import ArgumentParser
import Configuration
import Foundation
import Monitor

/// `--config FILE`, the same for every command.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: [.customLong("config"), .customShort("c")],
        help: ArgumentHelp(
            "The configuration; ./server_config.xml, else /etc/metricsd/server_config.xml, without it.",
            valueName: "file"
        )
    )
    var file: String?

    private static let defaults = ["server_config.xml", "/etc/metricsd/server_config.xml"]

    /// Reads the configuration; prints what is wrong with it to stderr.
    ///
    /// - Parameter showsWarnings: whether a usable file's warnings are printed too.
    /// - Throws: `ExitCode.configuration`.
    func load(showsWarnings: Bool = false) throws -> ServerConfiguration {
        try load(showsWarnings: showsWarnings, isEnough: nil)
    }

    /// The same, for what is asked of a metricsd that may be running well on an earlier state of a file that is broken now.
    /// What its journal knows has to do then.
    func loadOrRemember() throws -> ServerConfiguration {
        try load(showsWarnings: false) { path, errors in
            guard let state = errors.stateDirectory,
                let remembered = try? ServerConfiguration(rememberedIn: state, file: path)
            else { return nil }
            printError(
                "metricsd: going by the journal in \(state), without what only the file says (logs, deliveries)."
            )
            return remembered
        }
    }

    private func load(
        showsWarnings: Bool,
        isEnough: ((String, ConfigurationErrors) -> ServerConfiguration?)?
    ) throws -> ServerConfiguration {
        let path = file ?? Self.defaults.first { FileManager.default.fileExists(atPath: $0) }
        guard let path else {
            printError(
                """
                metricsd: there is no server_config.xml here and no /etc/metricsd/server_config.xml. Name one with \
                --config FILE, or begin with the commented server_config.xml that comes with metricsd.
                """
            )
            throw ExitCode.configuration
        }
        do {
            let configuration = try ServerConfiguration.load(path)
            if showsWarnings { configuration.warnings.forEach { printError("\($0)") } }
            return configuration
        } catch {
            error.diagnostics.forEach { printError("\($0)") }
            let errors = error.diagnostics.count { $0.severity == .error }
            printError("metricsd: \(path): \(errors) \(errors == 1 ? "error" : "errors")")
            if let enough = isEnough?(path, error) { return enough }
            throw ExitCode.configuration
        }
    }
}

func printError(_ line: String) {
    StandardStream.errors.write(line + "\n")
}
