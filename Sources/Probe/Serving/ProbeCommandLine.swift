import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

/// The probe's command line.
package struct ProbeCommandLine: Equatable {
    package enum Action: Equatable {
        case serve
        case print([String])
        case version
        case help
    }

    /// `EX_USAGE` of `man 3 sysexits`.
    package static let usageStatus: Int32 = 64

    package var action: Action
    /// Where `proc`, `sys`, `etc`, `run` and `var` are, nil for the running system.
    package var root: String?
    /// For `serve`.
    package var permissions = Permissions.all

    package struct UsageError: Error, Equatable {
        package var reason: String
    }

    package static let usage = """
        usage: metricsd-probe [--root FOLDER] --print [TYPE…]   print values in the Prometheus text format
               metricsd-probe [--root FOLDER] --serve           answer metricsd on standard input and output
               metricsd-probe --serve --restricted [--command RUN]… [--log PATH]…
               metricsd-probe --version

        TYPE is a metric type or a set; without any it is the set `standard`. FOLDER holds proc, sys, etc, run and var.
        With --restricted only the commands RUN and the logs PATH are allowed: `metricsd authorize HOST` prints such a line.

        """

    /// - Parameter arguments: without the program's name.
    package init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        var chosen: Action?
        var listed: Permissions.Listed?
        var commands: [String] = []
        var logs: [String] = []
        while let argument = rest.popFirst() {
            let action: Action
            switch argument {
            case "--root":
                guard let folder = rest.popFirst() else { throw UsageError(reason: "--root needs a folder") }
                root = folder
                continue
            case "--restricted":
                listed = listed ?? .init()
                continue
            case "--command":
                guard let run = rest.popFirst() else { throw UsageError(reason: "--command needs a command line") }
                commands.append(run)
                continue
            case "--log":
                guard let path = rest.popFirst() else { throw UsageError(reason: "--log needs a path") }
                logs.append(path)
                continue
            case "--serve": action = .serve
            case "--print":
                action = .print(Array(rest))
                rest = []
            case "--version": action = .version
            case "--help", "-h": action = .help
            default: throw UsageError(reason: "\(argument) is not an option")
            }
            guard chosen == nil else { throw UsageError(reason: "\(argument) does not go with another option") }
            chosen = action
        }
        guard let chosen else { throw UsageError(reason: "an option is missing") }
        action = chosen
        guard let listed else {
            // A list without the word must not be a probe that allows everything.
            guard commands.isEmpty, logs.isEmpty else {
                throw UsageError(reason: "--command and --log go with --restricted")
            }
            return
        }
        guard case .serve = chosen else { throw UsageError(reason: "--restricted goes with --serve") }
        permissions = Permissions(listed: .init(commands: listed.commands + commands, logs: listed.logs + logs))
    }

    /// Carries out the command line; blocks until it is done.
    ///
    /// - Parameter collectors: makes the list, for the roots that the command line names.
    /// - Returns: the exit status.
    package static func run(_ arguments: [String], collectors: (Roots) -> [Collector]) -> Int32 {
        do throws(UsageError) {
            let line = try ProbeCommandLine(arguments)
            let roots = line.root.map { Roots(under: $0) } ?? .system
            switch line.action {
            case .version: return say("metricsd-probe \(Release.version)\n")
            case .help: return say(usage)
            case .print(let types): return try print(types, collectors(roots))
            case .serve: return try serve(collectors(roots), roots, line.permissions)
            }
        } catch {
            complain(error.reason)
            writeAll(Array(usage.utf8), to: 2)
            return usageStatus
        }
    }

    private static func serve(
        _ collectors: [Collector],
        _ roots: Roots,
        _ permissions: Permissions
    ) throws(UsageError) -> Int32 {
        guard isatty(0) == 0 else {
            throw UsageError(reason: "--serve is for metricsd, which starts it over SSH; people take --print")
        }
        probe_prepare_descriptors()
        probe_return_freed_memory()
        // Holds no mount that the host wants to unmount.
        chdir("/")
        // What the other side would have liked to run is nothing that commands should find in their environment.
        if permissions.isRestricted { unsetenv("SSH_ORIGINAL_COMMAND") }
        return ProbeServer(collectors: collectors, roots: roots, permissions: permissions).run()
    }

    private static func print(_ types: [String], _ collectors: [Collector]) throws(UsageError) -> Int32 {
        let metrics = collectors.flatMap { $0.metrics }
        var selectors: [String] = []
        for type in types.isEmpty ? ["standard"] : types {
            let named = metrics.filter { type == "standard" ? $0.isStandard : $0.selector == type }
            if named.isEmpty { throw UsageError(reason: "\(type) is not a metric type or set") }
            selectors += named.map { $0.selector }.filter { !selectors.contains($0) }
        }
        let (text, failures) = ProbePrinting(collectors: collectors).read(selectors)
        for failure in failures { complain("\(failure.collector): \(failure.reason)") }
        return say(text)
    }

    /// Exit status 1 where nobody reads the output, e.g. a full disk.
    private static func say(_ text: String) -> Int32 {
        writeAll(Array(text.utf8), to: 1) ? 0 : 1
    }
}
