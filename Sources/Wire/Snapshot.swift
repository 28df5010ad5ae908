/// One value of one series. `metric` is the metric's number in the `CollectionPlan` the probe was given; the numbers
/// behind the plan's metrics belong to its commands (`plan.metrics.count + command`).
package struct Sample: Equatable, Sendable {
    package var metric: UInt16
    /// Mount point, device, interface, core, sensor…; empty where there is only one.
    package var instance: String
    package var value: Double

    package init(metric: UInt16, instance: String = "", value: Double) {
        self.metric = metric
        self.instance = instance
        self.value = value
    }
}

/// A collector that could not answer, and why. It costs no other collector its values.
package struct CollectorFailure: Error, Equatable, Sendable {
    package var collector: String
    package var reason: String

    package init(collector: String, reason: String) {
        self.collector = collector
        self.reason = reason
    }
}

/// What a configured command printed and how it ended.
package struct CommandResult: Equatable, Sendable {
    package enum Ending: UInt8, Sendable {
        case exited = 0
        case signaled = 1
        case timedOut = 2
        case notStarted = 3
    }

    /// The command's number in the plan.
    package var command: UInt16
    package var ending: Ending
    /// Exit status, signal number, or `errno`, by `ending`.
    package var status: Int32
    package var startedAt: Timestamp
    package var durationMilliseconds: UInt32
    /// Standard output and standard error as they came, up to the plan's limit.
    package var output: [UInt8]
    package var isTruncated: Bool

    package init(
        command: UInt16,
        ending: Ending,
        status: Int32,
        startedAt: Timestamp,
        durationMilliseconds: UInt32,
        output: [UInt8],
        isTruncated: Bool
    ) {
        self.command = command
        self.ending = ending
        self.status = status
        self.startedAt = startedAt
        self.durationMilliseconds = durationMilliseconds
        self.output = output
        self.isTruncated = isTruncated
    }
}

/// The answer to one poll.
package struct Snapshot: Equatable, Sendable {
    /// The number of the request this answers.
    package var sequence: UInt32
    /// The host's own clock when the samples were read.
    package var collectedAt: Timestamp
    /// How long behind the request's delay the probe began.
    package var latenessMicroseconds: UInt32
    package var samples: [Sample]
    package var failures: [CollectorFailure]
    /// Commands that ended since the last snapshot.
    package var commandResults: [CommandResult]
    /// Commands that still run; the server asks again soon.
    package var commandsRunning: UInt16

    package init(
        sequence: UInt32,
        collectedAt: Timestamp,
        latenessMicroseconds: UInt32 = 0,
        samples: [Sample] = [],
        failures: [CollectorFailure] = [],
        commandResults: [CommandResult] = [],
        commandsRunning: UInt16 = 0
    ) {
        self.sequence = sequence
        self.collectedAt = collectedAt
        self.latenessMicroseconds = latenessMicroseconds
        self.samples = samples
        self.failures = failures
        self.commandResults = commandResults
        self.commandsRunning = commandsRunning
    }
}
