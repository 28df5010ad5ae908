#if !hasFeature(Embedded)
    package import Wire
#endif

/// `/proc/diskstats` (the kernel's `Documentation/admin-guide/iostats.rst`): reads, writes and busy time per disk.
///
/// Whole devices, not partitions; no loop, ram, zram or floppy devices, and nothing that was never read or written since
/// boot. Device mapper volumes go by their own name (`vg0-root`) instead of `dm-0`, which changes between boots; the disks
/// below them are listed too, so sums over all instances count such traffic twice.
package final class DiskStatistics: Collector {
    private let read = Metric(
        "disk_read_bytes_per_second",
        unit: "bytes per second",
        isStandard: true,
        "Bytes read from the device."
    )
    private let write = Metric(
        "disk_write_bytes_per_second",
        unit: "bytes per second",
        isStandard: true,
        "Bytes written to the device."
    )
    private let busy = Metric(
        "disk_busy_percent",
        unit: "percent",
        isStandard: true,
        "Time in which the device had requests to work on."
    )
    private let file: KernelFile
    private let sys: String
    private let buffer: ReadBuffer
    private var known: [KnownDevice] = []
    private var previous: (devices: [Device], at: UInt64)?

    package override var metrics: [Metric] { [read, write, busy] }
    package override var isRate: Bool { true }

    package init(roots: Roots, buffer: ReadBuffer = ReadBuffer()) {
        file = KernelFile(roots.proc + "/diskstats", buffer: buffer)
        sys = roots.sys
        self.buffer = buffer
        super.init(name: "diskstats")
    }

    package override func collect(
        into output: inout SampleOutput,
        uptimeNanoseconds: UInt64
    ) throws(CollectorFailure) {
        guard let text = try file.read(for: self) else { return }
        guard let devices = Self.parse(text) else { throw failure("\(file.path) has a line that is cut or no numbers") }
        known = devices.enumerated().map { place, device in
            known.named(device.name, expectedAt: place) ?? look(at: device.name)
        }
        defer { previous = (devices, uptimeNanoseconds) }
        guard let previous, uptimeNanoseconds > previous.at else { return }
        let elapsed = uptimeNanoseconds - previous.at

        for (place, now) in devices.enumerated() where now.wasUsed && known[place].isWhole {
            guard let before = previous.devices.named(now.name, expectedAt: place) else { continue }
            let instance = known[place].instance
            if let sectors = perSecond(now.sectorsRead, since: before.sectorsRead, overNanoseconds: elapsed) {
                output.add(read, instance: instance, sectors * Self.sectorBytes)
            }
            if let sectors = perSecond(now.sectorsWritten, since: before.sectorsWritten, overNanoseconds: elapsed) {
                output.add(write, instance: instance, sectors * Self.sectorBytes)
            }
            if let milliseconds = perSecond(
                now.busyMilliseconds,
                since: before.busyMilliseconds,
                overNanoseconds: elapsed
            ) {
                // The kernel counts in ticks, so a busy disk may show a little more time than passed.
                output.add(busy, instance: instance, min(100, milliseconds / 10))
            }
        }
    }

    /// Of the file, whatever the device's own sector size is (`iostats.rst`).
    private static let sectorBytes = 512.0

    private struct KnownDevice: Named {
        var name: String
        var instance: String
        var isWhole: Bool
    }

    /// `/sys/block` holds whole devices only; where there is no sysfs every device counts as whole.
    private func look(at name: String) -> KnownDevice {
        // A slash in a device's name (`cciss/c0d0`) is an exclamation mark in sysfs.
        var folder = sys + "/block/"
        for byte in name.utf8 { folder += byte == 0x2F ? "!" : String(decoding: [byte], as: UTF8.self) }
        let isWhole = Folder.exists(folder) || !Folder.exists(sys + "/block")
        var instance = name
        if isWhole, name.utf8.starts(with: "dm-".utf8), var text = try? buffer.read(folder + "/dm/name"),
            let line = text.line(), !line.isEmpty
        {
            instance = line.string
        }
        return KnownDevice(name: name, instance: instance, isWhole: isWhole)
    }
}

extension DiskStatistics {
    package struct Device: Equatable, Named {
        package var name: String
        package var sectorsRead: UInt64
        package var sectorsWritten: UInt64
        package var busyMilliseconds: UInt64

        fileprivate var wasUsed: Bool { sectorsRead > 0 || sectorsWritten > 0 }
    }

    /// - Returns: nil where a device's line does not hold its numbers.
    package static func parse(_ text: ByteScanner) -> [Device]? {
        var text = text
        var devices: [Device] = []
        while var line = text.line() {
            guard line.number() != nil, line.number() != nil, let name = line.field() else { return nil }
            if isLeftOut(name) { continue }
            // reads merged sectors ms · writes merged sectors ms · in flight, busy ms, weighted ms…
            guard line.number() != nil, line.number() != nil, let sectorsRead = line.number(), line.number() != nil
            else { return nil }
            // Partitions have only four numbers before 2.6.25.
            guard let next = line.field() else { continue }
            guard next.unsigned != nil, line.number() != nil, let sectorsWritten = line.number(), line.number() != nil,
                line.number() != nil, let busy = line.number()
            else { return nil }
            devices.append(
                Device(
                    name: name.string,
                    sectorsRead: sectorsRead,
                    sectorsWritten: sectorsWritten,
                    busyMilliseconds: busy
                )
            )
        }
        return devices
    }

    private static func isLeftOut(_ name: ByteScanner) -> Bool {
        if name.starts(with: "loop") || name.starts(with: "ram") || name.starts(with: "zram") { return true }
        return name.starts(with: "fd") && name.count == 3
    }
}
