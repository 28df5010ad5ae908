import Configuration
import SSH

/// The life of one bastion, on a thread of its own: connected when the first host wants through, again after every
/// failure, and told to the recorder like a host.
struct BastionThread {
    let number: Int
    let bastion: Bastion
    let surroundings: HostThread.Surroundings
    let retry: RetryPolicy

    /// Blocks until the interrupt is raised.
    func run() {
        var policy = retry
        let (number, mailbox) = (number, surroundings.mailbox)
        func post(_ event: HostEvent) { mailbox.post(HostReport(host: number, at: .now, event: event)) }
        bastion.serve(gate: surroundings.gate, retry: { policy.delay(after: $0) }) { event in
            switch event {
            case .connected(let address):
                policy.succeeded()
                post(.wayOpened(address: address))
            case .alive:
                policy.succeeded()
                post(.wayOpened(address: nil))
            case .failed(let error): post(.failed(HostFailure(error)))
            }
        }
    }
}
