import Alerts
import LogBatches
import Wire

/// What a host thread has to say, the only thing that crosses from it to the recorder.
struct HostReport: Sendable {
    /// The number that the host's thread was given; a host that was changed has another one.
    var host: Int
    /// The server's clocks when the report was made: `ClockWatch` tells what that moment is now.
    var at: ClockReading
    var event: HostEvent
}

enum HostEvent: Sendable {
    /// The probe has answered for the first time on a new connection.
    case connected(HostIdentity, address: String, clockSkewMilliseconds: Int64, notices: [HostNotice])
    /// An answer to a poll; without metrics when only commands were due.
    case polled(Snapshot, withMetrics: Bool)
    /// A reading of one of its logs brought something.
    case logRead(LogAdvance)
    /// Batches of its logs were closed, or found to be altered.
    case batchesClosed([LogBatch], [BatchFinding])
    /// A bastion was connected to (`address`), or goes on.
    case wayOpened(address: String?)
    /// A connection or a poll failed.
    case failed(HostFailure)
    /// `metricsd host accept`: the machine that was refused is the host's.
    case machineAccepted
}

/// What people should know of a connection: one line of the log.
struct HostNotice: Equatable, Sendable {
    var text: String
    var isWarning: Bool
}

/// Why a host has no data: what the operator reads in `hosts.last_error`.
struct HostFailure: Equatable, Sendable {
    /// The states that MySQL's `hosts.state` promises for a host without data.
    enum State: Sendable {
        case unreachable
        /// The host answered, and would not let us in (authentication, host key), or is another machine than it was.
        case refused
    }

    var state: State
    /// One line: host, step, cause, mend.
    var message: String
    /// The step that failed, for counting.
    var cause = "other"
    /// Where another machine answered than the one that the host is bound to.
    var machine: RefusedMachine?
}
