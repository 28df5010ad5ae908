import Configuration
import Wire

extension CollectionPlan {
    /// What the probe of a host is asked for, in the order that gives metrics and commands their numbers.
    init(_ settings: HostSettings) {
        self.init(
            metrics: settings.metrics,
            commands: settings.commands.map {
                CommandPlan(
                    run: $0.run,
                    deadlineMilliseconds: UInt32(clamping: $0.timeout.milliseconds),
                    outputLimitBytes: UInt32(clamping: $0.outputLimit)
                )
            },
            logs: settings.logs.map { LogPlan($0) },
            // A collector that hangs must be reported within the answer that the host's timeout still lets through.
            collectorDeadlineMilliseconds: UInt32(clamping: max(settings.timeout.milliseconds / 2, 100))
        )
    }

    var commandNumbers: [UInt16] { commands.indices.map(UInt16.init) }
}

extension LogPlan {
    /// What is stored is to be whole: its lines may be longer.
    fileprivate init(_ log: LogSettings) {
        self.init(path: log.path)
        if log.store != nil { lineLimitBytes = LogPlan.storedLineLimit }
    }
}
