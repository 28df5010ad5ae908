#if !hasFeature(Embedded)
    package import Wire
#endif

/// `/proc/loadavg` (`man 5 proc`): how many processes and threads ran or waited for a processor or a disk, on average.
package final class LoadAverage: Collector {
    private let one = Metric("load1", unit: "", isStandard: true, "Load average of the last minute.")
    private let five = Metric("load5", unit: "", isStandard: true, "Load average of the last 5 minutes.")
    private let fifteen = Metric("load15", unit: "", isStandard: true, "Load average of the last 15 minutes.")
    private let file: KernelFile

    package override var metrics: [Metric] { [one, five, fifteen] }

    package init(roots: Roots, buffer: ReadBuffer = ReadBuffer()) {
        file = KernelFile(roots.proc + "/loadavg", buffer: buffer)
        super.init(name: "loadavg")
    }

    package override func collect(
        into output: inout SampleOutput,
        uptimeNanoseconds: UInt64
    ) throws(CollectorFailure) {
        guard let text = try file.read(for: self) else { return }
        guard let loads = Self.parse(text) else { throw failure("\(file.path) does not start with three numbers") }
        output.add(one, loads.one)
        output.add(five, loads.five)
        output.add(fifteen, loads.fifteen)
    }

    package struct Loads: Equatable {
        package var one: Double
        package var five: Double
        package var fifteen: Double
    }

    /// `0.00 0.01 0.05 1/178 4711`
    package static func parse(_ text: ByteScanner) -> Loads? {
        var text = text
        guard var line = text.line(), let one = line.field()?.decimal, let five = line.field()?.decimal,
            let fifteen = line.field()?.decimal
        else { return nil }
        return Loads(one: one, five: five, fifteen: fifteen)
    }
}
