#if !hasFeature(Embedded)
    package import Wire
#endif

/// `/proc/pressure` (the kernel's `Documentation/accounting/psi.rst`, since 4.20): time in which work stood still.
///
/// The value is `some avg10`: of the last 10 seconds, the time in which at least one process waited for the resource.
/// The kernel's own average instead of the difference of its `total`, which moves only every 2 seconds and would make
/// short poll intervals jump between nothing and twice the value.
package final class Pressure: Collector {
    private let cpu = Metric(
        "cpu_pressure_percent",
        unit: "percent",
        isStandard: true,
        "Time in which some process waited for a processor."
    )
    private let memory = Metric(
        "memory_pressure_percent",
        unit: "percent",
        isStandard: true,
        "Time in which some process waited for memory."
    )
    private let io = Metric(
        "io_pressure_percent",
        unit: "percent",
        isStandard: true,
        "Time in which some process waited for a disk."
    )
    private let files: [(metric: Metric, file: KernelFile)]

    package override var metrics: [Metric] { [cpu, memory, io] }

    package init(roots: Roots, buffer: ReadBuffer = ReadBuffer()) {
        files = [
            (cpu, KernelFile(roots.proc + "/pressure/cpu", buffer: buffer)),
            (memory, KernelFile(roots.proc + "/pressure/memory", buffer: buffer)),
            (io, KernelFile(roots.proc + "/pressure/io", buffer: buffer)),
        ]
        super.init(name: "pressure")
    }

    package override func collect(
        into output: inout SampleOutput,
        uptimeNanoseconds: UInt64
    ) throws(CollectorFailure) {
        for (metric, file) in files where metric.number != nil {
            guard let text = try file.read(for: self) else { continue }
            guard let percent = Self.parse(text) else { throw failure("\(file.path) has no number 'some avg10='") }
            output.add(metric, percent)
        }
    }

    /// avg10 of `some avg10=0.12 avg60=0.05 avg300=0.01 total=4711`
    package static func parse(_ text: ByteScanner) -> Double? {
        var text = text
        while var line = text.line() {
            guard line.skip("some "), var average = line.field(), average.skip("avg10=") else { continue }
            return average.decimal
        }
        return nil
    }
}
