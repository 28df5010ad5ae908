#if !hasFeature(Embedded)
    package import Wire
#endif

/// `/proc/uptime` (`man 5 proc`): seconds since boot, suspended time included.
package final class Uptime: Collector {
    private let uptime = Metric("uptime_seconds", unit: "seconds", isStandard: true, "Time since the host booted.")
    private let file: KernelFile

    package override var metrics: [Metric] { [uptime] }

    package init(roots: Roots, buffer: ReadBuffer = ReadBuffer()) {
        file = KernelFile(roots.proc + "/uptime", buffer: buffer)
        super.init(name: "uptime")
    }

    package override func collect(
        into output: inout SampleOutput,
        uptimeNanoseconds: UInt64
    ) throws(CollectorFailure) {
        guard var text = try file.read(for: self) else { return }
        guard let seconds = Self.parse(&text) else { throw failure("\(file.path) holds no number of seconds") }
        output.add(uptime, seconds)
    }

    /// The first number of `350735.47 234388.90`.
    package static func parse(_ text: inout ByteScanner) -> Double? {
        var line = text.line()
        return line?.field()?.decimal
    }
}
