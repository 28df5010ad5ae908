import CLibSSH2
import Glibc
import Synchronization

/// Bounds the connections that are not logged in yet, overall and per address: sshd drops connections at random when
/// it has more than MaxStartups of them.
///
/// First come, first served, except that a full address does not hold up the others, and that a connection which
/// came about late (see `Connecting.patience`) has waited already.
package final class HandshakeGate: Sendable {
    private struct Waiter {
        let number: UInt64
        let address: String
        let descriptor: CInt
        let isConnected: Bool
    }

    private struct State {
        var inside = 0
        var insideByAddress: [String: Int] = [:]
        var waiters: [Waiter] = []
        var nextNumber: UInt64 = 0
        var admitted: Set<UInt64> = []
    }

    private let total: Int
    private let perAddress: Int
    private let state = Mutex(State())

    package init(total: Int, perAddress: Int) {
        self.total = max(1, total)
        self.perAddress = max(1, perAddress)
    }

    /// The right to be inside, given back when it is released or goes.
    package final class Pass {
        private var leave: (() -> Void)?

        init(_ leave: @escaping () -> Void) { self.leave = leave }
        deinit { release() }

        package var isHeld: Bool { leave != nil }

        package func release() {
            leave?()
            leave = nil
        }
    }

    /// Blocks until there is room, or returns nil once the interrupt is raised.
    /// - Parameter isConnected: for a connection that the server counts already; it goes before those that are not.
    @available(*, noasync)
    package func enter(_ address: String, interrupt: Interrupt, isConnected: Bool = false) -> Pass? {
        let pass = { [self] in Pass { [self] in leave(address) } }
        let descriptor = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        // Without a descriptor to wait on, nothing would connect either; the connect then says why.
        guard descriptor >= 0 else {
            state.withLock { admit(address, in: &$0) }
            return pass()
        }
        defer { close(descriptor) }
        let number = state.withLock { state -> UInt64? in
            if state.waiters.isEmpty, hasRoom(address, in: state) {
                admit(address, in: &state)
                return nil
            }
            state.nextNumber += 1
            let waiter = Waiter(
                number: state.nextNumber,
                address: address,
                descriptor: descriptor,
                isConnected: isConnected
            )
            let behind = isConnected ? state.waiters.firstIndex { !$0.isConnected } : nil
            state.waiters.insert(waiter, at: behind ?? state.waiters.endIndex)
            admitWaiters(&state)
            return state.nextNumber
        }
        guard let number else { return pass() }
        while true {
            let outcome = state.withLock { state -> Bool? in
                if state.admitted.remove(number) != nil { return true }
                guard interrupt.isRaised else { return nil }
                state.waiters.removeAll { $0.number == number }
                return false
            }
            if let outcome { return outcome ? pass() : nil }
            var entries = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: interrupt.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            poll(&entries, 2, -1)
        }
    }

    /// How many are inside and how many wait.
    package var load: (inside: Int, waiting: Int) {
        state.withLock { ($0.inside, $0.waiters.count) }
    }

    private func hasRoom(_ address: String, in state: State) -> Bool {
        state.inside < total && state.insideByAddress[address, default: 0] < perAddress
    }

    private func admit(_ address: String, in state: inout State) {
        state.inside += 1
        state.insideByAddress[address, default: 0] += 1
    }

    private func admitWaiters(_ state: inout State) {
        var index = 0
        while index < state.waiters.count, state.inside < total {
            let waiter = state.waiters[index]
            guard hasRoom(waiter.address, in: state) else {
                index += 1
                continue
            }
            admit(waiter.address, in: &state)
            state.admitted.insert(waiter.number)
            state.waiters.remove(at: index)
            // Under the lock: the waiter closes its descriptor only after it has taken the lock once more.
            _ = eventfd_write(waiter.descriptor, 1)
        }
    }

    private func leave(_ address: String) {
        state.withLock { state in
            state.inside -= 1
            let left = state.insideByAddress[address, default: 1] - 1
            state.insideByAddress[address] = left > 0 ? left : nil
            admitWaiters(&state)
        }
    }
}
