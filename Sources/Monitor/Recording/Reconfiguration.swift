import Alerts
import Configuration
import Wire

/// What a configuration that was read again means for the recorder. Posted once the threads of the hosts that it removes or
/// changes have ended: nothing comes from them any more.
struct Reconfiguration: Sendable {
    struct Host: Sendable {
        /// Its thread's. Kept by a host that goes on as it was.
        var number: Int
        var settings: HostSettings
    }

    /// All of them, in the order of the configuration.
    var hosts: [Host]
    /// What metricsd has to say of itself, from what it said before.
    var service: @Sendable (_ restored: [AlertState]) -> RecordedService
    var sendsMail: Bool
    /// Called once all that came before is in the journal, and the recorder knows the hosts.
    var whenRecorded: @Sendable () -> Void
}
