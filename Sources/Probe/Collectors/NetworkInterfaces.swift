#if !hasFeature(Embedded)
    package import Wire
#endif

/// `/proc/net/dev` (`man 5 proc`): traffic and errors per network interface.
///
/// Left out: `lo`; the host's ends of containers and virtual machines, which repeat what the real interfaces carry and
/// come and go by the hundred; and what never carried a byte since boot. Bonds, VLANs, bridges of the administrator's
/// own naming and tunnels stay, each as an interface of its own.
package final class NetworkInterfaces: Collector {
    private let receive = Metric(
        "net_receive_bytes_per_second",
        unit: "bytes per second",
        isStandard: true,
        "Bytes received."
    )
    private let transmit = Metric(
        "net_transmit_bytes_per_second",
        unit: "bytes per second",
        isStandard: true,
        "Bytes sent."
    )
    private let errors = Metric(
        "net_errors_per_second",
        unit: "per second",
        isStandard: true,
        "Packets received or sent with an error; dropped packets are not counted."
    )
    private let file: KernelFile
    private var previous: (interfaces: [Interface], at: UInt64)?

    package override var metrics: [Metric] { [receive, transmit, errors] }
    package override var isRate: Bool { true }

    package init(roots: Roots, buffer: ReadBuffer = ReadBuffer()) {
        file = KernelFile(roots.proc + "/net/dev", buffer: buffer)
        super.init(name: "net_dev")
    }

    package override func collect(
        into output: inout SampleOutput,
        uptimeNanoseconds: UInt64
    ) throws(CollectorFailure) {
        guard let text = try file.read(for: self) else { return }
        guard let interfaces = Self.parse(text) else {
            throw failure("\(file.path) has a line that is cut or no numbers")
        }
        defer { previous = (interfaces, uptimeNanoseconds) }
        guard let previous, uptimeNanoseconds > previous.at else { return }
        let elapsed = uptimeNanoseconds - previous.at

        for (place, now) in interfaces.enumerated() where now.received > 0 || now.transmitted > 0 {
            guard let before = previous.interfaces.named(now.name, expectedAt: place) else { continue }
            if let rate = perSecond(now.received, since: before.received, overNanoseconds: elapsed) {
                output.add(receive, instance: now.name, rate)
            }
            if let rate = perSecond(now.transmitted, since: before.transmitted, overNanoseconds: elapsed) {
                output.add(transmit, instance: now.name, rate)
            }
            if let rate = perSecond(now.errors, since: before.errors, overNanoseconds: elapsed) {
                output.add(errors, instance: now.name, rate)
            }
        }
    }

    package struct Interface: Equatable, Named {
        package var name: String
        package var received: UInt64
        package var transmitted: UInt64
        /// Of both directions.
        package var errors: UInt64
    }

    /// - Returns: nil where an interface's line does not hold the 16 numbers.
    package static func parse(_ text: ByteScanner) -> [Interface]? {
        var text = text
        var interfaces: [Interface] = []
        var lines = 0
        while var line = text.line() {
            lines += 1
            // Two lines of headings. Old kernels leave no space behind the colon: `eth0:1234`.
            guard lines > 2 else { continue }
            guard var label = line.part(beforeLast: 0x3A), let name = label.field() else { return nil }
            if isLeftOut(name) { continue }
            // bytes packets errs drop fifo frame compressed multicast, then bytes packets errs drop fifo colls…
            guard let received = line.number(), line.number() != nil, let receiveErrors = line.number() else {
                return nil
            }
            for _ in 0..<5 where line.number() == nil { return nil }
            guard let transmitted = line.number(), line.number() != nil, let transmitErrors = line.number()
            else { return nil }
            interfaces.append(
                Interface(
                    name: name.string,
                    received: received,
                    transmitted: transmitted,
                    errors: receiveErrors &+ transmitErrors
                )
            )
        }
        return lines < 2 ? nil : interfaces
    }

    private static let leftOutPrefixes: [StaticString] = [
        "veth", "docker", "virbr", "vnet", "cali", "flannel", "cni", "cilium", "lxc", "lxd", "podman", "kube-", "dummy",
        "ifb", "nodelocaldns", "fwbr", "fwln", "fwpr", "tap", "azv",
    ]

    /// Docker names the bridge of a network `br-` and 12 hex digits of its id.
    private static func isLeftOut(_ name: ByteScanner) -> Bool {
        if name.equals("lo") { return true }
        for prefix in leftOutPrefixes where name.starts(with: prefix) { return true }
        guard name.starts(with: "br-"), name.count == 15 else { return false }
        for place in 3..<15 {
            switch name[place] ?? 0 {
            case 0x30...0x39, 0x61...0x66: continue
            default: return false
            }
        }
        return true
    }
}
