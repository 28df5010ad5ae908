import CLibSSH2
import Glibc

/// One channel to a host behind a bastion, and the socket pair through which that host's own session uses it.
///
/// It holds at most one packet for each direction. What one side does not take stays with the other: a full socket
/// stops the reading of the channel and so, by its window, the host; a used-up window stops the reading of the socket.
final class Tunnel {
    let channel: OpaquePointer
    /// Our end of the pair.
    let descriptor: CInt
    /// From the session, on its way into the channel.
    var outgoing: [UInt8] = []
    var outgoingOffset = 0
    /// From the channel, on its way to the session.
    var incoming: [UInt8] = []
    var incomingOffset = 0
    /// Something may be read from the socket without waiting.
    var mayHaveInput = true
    /// The session has closed its end; what it wrote before may still be there.
    var isHungUp = false
    /// Nothing more comes from the session.
    var sessionHasEnded = false
    /// Nothing more comes from the host.
    var hostHasEnded = false

    init(_ channel: OpaquePointer, _ descriptor: CInt) {
        self.channel = channel
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    var hasOutgoing: Bool { outgoingOffset < outgoing.count }
    var hasIncoming: Bool { incomingOffset < incoming.count }

    /// Nothing is left to be carried.
    var isOver: Bool { sessionHasEnded && !hasOutgoing || hostHasEnded && !hasIncoming }

    /// What poll(2) is to look for at the socket.
    var events: Int16 {
        var events: Int32 = 0
        if !hasOutgoing, !sessionHasEnded { events |= POLLIN }
        if hasIncoming { events |= POLLOUT }
        return Int16(events)
    }

    /// Takes the next bytes of the session, as far as they are there.
    func receive(upTo limit: Int) {
        guard !hasOutgoing, mayHaveInput, !sessionHasEnded else { return }
        outgoingOffset = 0
        var failure: CInt = 0
        outgoing = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            var received = recv(descriptor, buffer.baseAddress, limit, CInt(MSG_DONTWAIT))
            while received < 0, errno == EINTR {
                received = recv(descriptor, buffer.baseAddress, limit, CInt(MSG_DONTWAIT))
            }
            failure = received < 0 ? errno : 0
            count = max(received, 0)
            if received == 0 { sessionHasEnded = true }
        }
        if failure == EAGAIN { mayHaveInput = false } else if failure != 0 { sessionHasEnded = true }
    }

    func sent(_ count: Int) {
        outgoingOffset += count
        if !hasOutgoing { outgoing = [] }
    }

    func dropOutgoing() {
        outgoing = []
        outgoingOffset = 0
        sessionHasEnded = true
    }

    /// Hands bytes to the session; what its socket has no room for is kept.
    func deliver(_ bytes: UnsafeRawBufferPointer) {
        let taken = send(bytes)
        guard taken < bytes.count, !sessionHasEnded else { return }
        incoming = Array(bytes[taken...])
        incomingOffset = 0
    }

    /// Hands over what was kept. Whether anything was taken.
    func deliverKept() -> Bool {
        let taken = incoming.withUnsafeBytes { send(UnsafeRawBufferPointer(rebasing: $0[incomingOffset...])) }
        incomingOffset += taken
        if !hasIncoming || sessionHasEnded { incoming = [] }
        if incoming.isEmpty { incomingOffset = 0 }
        return taken > 0
    }

    private func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        var offset = 0
        while offset < bytes.count {
            let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
            let count = Glibc.send(descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset, flags)
            if count > 0 {
                offset += count
            } else if errno != EINTR {
                // The one who reads is gone.
                if errno != EAGAIN { sessionHasEnded = true }
                break
            }
        }
        return offset
    }
}
