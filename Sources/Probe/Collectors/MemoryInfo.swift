#if !hasFeature(Embedded)
    package import Wire
#endif

/// `/proc/meminfo` (`man 5 proc`): memory and swap.
///
/// Used memory is all that programs could not get without swapping: total − MemAvailable, which counts caches as free.
package final class MemoryInfo: Collector {
    private let used = Metric(
        "mem_percent",
        unit: "percent",
        isStandard: true,
        "Memory that is not available to programs, of all memory."
    )
    private let available = Metric(
        "mem_available_bytes",
        unit: "bytes",
        isStandard: true,
        "Memory that programs can get without swapping."
    )
    private let total = Metric("mem_total_bytes", unit: "bytes", isStandard: true, "Memory that the kernel manages.")
    private let swapPercent = Metric("swap_percent", unit: "percent", isStandard: true, "Swap in use, of all swap.")
    private let swapUsed = Metric("swap_used_bytes", unit: "bytes", isStandard: true, "Swap in use.")
    private let file: KernelFile

    package override var metrics: [Metric] { [used, available, total, swapPercent, swapUsed] }

    package init(roots: Roots, buffer: ReadBuffer = ReadBuffer()) {
        file = KernelFile(roots.proc + "/meminfo", buffer: buffer)
        super.init(name: "meminfo")
    }

    package override func collect(
        into output: inout SampleOutput,
        uptimeNanoseconds: UInt64
    ) throws(CollectorFailure) {
        guard let text = try file.read(for: self) else { return }
        let fields = Self.parse(text)
        guard let totalBytes = fields.total, totalBytes > 0 else {
            throw failure("\(file.path) has no number MemTotal")
        }
        output.add(total, totalBytes)
        if let bytes = fields.availableBytes {
            output.add(available, bytes)
            output.add(used, (totalBytes - bytes) * 100 / totalBytes)
        }
        if let swapTotal = fields.swapTotal, swapTotal > 0, let swapFree = fields.swapFree {
            let bytes = max(0, swapTotal - swapFree)
            output.add(swapUsed, bytes)
            output.add(swapPercent, bytes * 100 / swapTotal)
        }
    }

    /// The lines that matter, in bytes.
    package struct Fields: Equatable {
        package var total: Double?
        package var free: Double?
        package var available: Double?
        package var buffers: Double?
        package var cached: Double?
        package var reclaimable: Double?
        package var shared: Double?
        package var swapTotal: Double?
        package var swapFree: Double?

        /// MemAvailable, at most the total (lxcfs shows the host's beside the container's total).
        ///
        /// Kernels before 3.14 do not have it. What they have is added up like the kernel's own estimate, without its
        /// low watermarks: free, buffers, page cache and reclaimable slabs, less what of the cache is shared memory.
        package var availableBytes: Double? {
            guard let total else { return nil }
            if let available { return min(available, total) }
            guard let free else { return nil }
            let caches = (buffers ?? 0) + (cached ?? 0) + (reclaimable ?? 0) - (shared ?? 0)
            return min(total, free + max(0, caches))
        }
    }

    /// Lines of `MemTotal:       16316412 kB`; kB means 1,024 bytes. A line that is cut counts as missing.
    package static func parse(_ text: ByteScanner) -> Fields {
        var text = text
        var fields = Fields()
        while var line = text.line() {
            guard let name = line.part(before: 0x3A) else { continue }
            if name.equals("MemTotal") {
                fields.total = bytes(&line)
            } else if name.equals("MemFree") {
                fields.free = bytes(&line)
            } else if name.equals("MemAvailable") {
                fields.available = bytes(&line)
            } else if name.equals("Buffers") {
                fields.buffers = bytes(&line)
            } else if name.equals("Cached") {
                fields.cached = bytes(&line)
            } else if name.equals("SReclaimable") {
                fields.reclaimable = bytes(&line)
            } else if name.equals("Shmem") {
                fields.shared = bytes(&line)
            } else if name.equals("SwapTotal") {
                fields.swapTotal = bytes(&line)
            } else if name.equals("SwapFree") {
                fields.swapFree = bytes(&line)
            }
        }
        return fields
    }

    private static func bytes(_ line: inout ByteScanner) -> Double? {
        guard let number = line.number(), line.field()?.equals("kB") == true else { return nil }
        return Double(number) * 1_024
    }
}
