import Configuration
import SSH

/// A host behind a bastion: what is the bastion's fault is not the host's.
extension HostThread {
    /// The bastion's failure where it explains the host's; blocks about as long as a bastion may take to answer.
    ///
    /// A connection through a bastion that is gone ends like one to a host that is gone, so the bastion is asked, and what
    /// it says of itself is recorded before what the host says.
    static func blame(
        _ bastion: Bastion?,
        for error: any Error,
        of target: SSHTarget,
        interrupt: Interrupt
    ) -> SSHError? {
        guard let bastion else { return nil }
        if let error = error as? SSHError {
            if error.bastionFailed { return error }
            // It has just said so itself, or the host has.
            if error.through != nil || error.wasLoginRefused { return nil }
        }
        return bastion.failure(for: target, interrupt: interrupt)
    }
}
