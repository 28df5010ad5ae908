#if !hasFeature(Embedded)
    package import Wire
#endif

/// `/proc/sys/fs/file-nr` (`man 5 proc`): open file handles of the whole system against its limit, `fs.file-max`.
package final class FileHandles: Collector {
    private let used = Metric(
        "file_descriptors_percent",
        unit: "percent",
        isStandard: true,
        "Open file handles of the system, of the most that it allows."
    )
    private let file: KernelFile

    package override var metrics: [Metric] { [used] }

    package init(roots: Roots, buffer: ReadBuffer = ReadBuffer()) {
        file = KernelFile(roots.proc + "/sys/fs/file-nr", buffer: buffer)
        super.init(name: "file-nr")
    }

    package override func collect(
        into output: inout SampleOutput,
        uptimeNanoseconds: UInt64
    ) throws(CollectorFailure) {
        guard let text = try file.read(for: self) else { return }
        guard let percent = Self.parse(text) else { throw failure("\(file.path) does not hold three numbers") }
        output.add(used, percent)
    }

    /// allocated, allocated but unused (always 0 since 2.6), maximum: `1824	0	9223372036854775807`
    package static func parse(_ text: ByteScanner) -> Double? {
        var text = text
        guard var line = text.line(), let allocated = line.number(), let unused = line.number(),
            let most = line.number(), most > 0
        else { return nil }
        return (Double(allocated) - Double(min(unused, allocated))) * 100 / Double(most)
    }
}
