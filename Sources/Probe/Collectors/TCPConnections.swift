#if !hasFeature(Embedded)
    package import Wire
#endif

/// `/proc/net/tcp` and `/proc/net/tcp6` (`man 5 proc`): TCP sockets by state, of both address families together.
///
/// Every state is reported, those without a socket as 0, so that an alert on one can end. Not in `standard`: the kernel
/// writes a line of 150 bytes per socket, which costs a busy proxy milliseconds.
package final class TCPConnections: Collector {
    private let connections = Metric(
        "tcp_connections",
        unit: "",
        isStandard: false,
        "TCP sockets in each state, IPv4 and IPv6."
    )
    private let paths: [String]
    private let buffer: ReadBuffer

    package override var metrics: [Metric] { [connections] }

    package init(roots: Roots, buffer: ReadBuffer = ReadBuffer()) {
        paths = [roots.proc + "/net/tcp", roots.proc + "/net/tcp6"]
        self.buffer = buffer
        super.init(name: "tcp")
    }

    package override func collect(
        into output: inout SampleOutput,
        uptimeNanoseconds: UInt64
    ) throws(CollectorFailure) {
        var counts = Counts()
        var isPresent = false
        for path in paths {
            do throws(ErrorNumber) {
                try buffer.forEachLine(of: path) { counts.count($0) }
                isPresent = true
            } catch {
                // No IPv6 in the kernel: no tcp6.
                if !error.isAbsence { throw failure("cannot read \(path): \(error.text)") }
            }
        }
        guard isPresent else { return }
        guard counts.unread == 0 else { throw failure("\(counts.unread) lines of /proc/net/tcp have no state") }
        for (state, name) in Counts.names.enumerated() {
            output.add(connections, instance: name, Double(counts.sockets[state]))
        }
    }

    package struct Counts: Equatable {
        /// `include/net/tcp_states.h` from 1 on, in lower case. `new_syn_recv`, 12, is shown as `syn_recv`.
        package static let names = [
            "established", "syn_sent", "syn_recv", "fin_wait1", "fin_wait2", "time_wait", "close", "close_wait",
            "last_ack", "listen", "closing",
        ]

        /// By place in `names`.
        package private(set) var sockets = [Int](repeating: 0, count: 11)
        /// Lines that could not be read.
        package private(set) var unread = 0

        package init() {}

        /// `   0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 …`: the fourth field is the state in hex.
        package mutating func count(_ line: ByteScanner) {
            var line = line
            guard let first = line.field(), !first.equals("sl") else { return }
            guard line.field() != nil, line.field() != nil, let state = line.field(), state.count == 2,
                let high = Self.hexadecimal(state[0]), let low = Self.hexadecimal(state[1])
            else {
                unread += 1
                return
            }
            let number = high << 4 | low
            if number >= 1, number <= 11 {
                sockets[number - 1] += 1
            } else if number == 12 {
                sockets[2] += 1
            }
        }

        private static func hexadecimal(_ byte: UInt8?) -> Int? {
            guard let byte else { return nil }
            switch byte {
            case 0x30...0x39: return Int(byte) - 0x30
            case 0x41...0x46: return Int(byte) - 0x41 + 10
            case 0x61...0x66: return Int(byte) - 0x61 + 10
            default: return nil
            }
        }
    }
}
