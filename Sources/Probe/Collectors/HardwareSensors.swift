#if !hasFeature(Embedded)
    package import Wire
#endif

/// `/sys/class/hwmon` (the kernel's `Documentation/hwmon/sysfs-interface.rst`), and where that knows no temperature
/// `/sys/class/thermal` (older Raspberry Pis and phones): temperatures.
///
/// The instance is chip and label, `coretemp Core 0`; two chips of a kind are told apart by their device,
/// `nvme nvme1 Composite`, since hwmon's own numbers change between boots. A sensor that is faulty, gives no value, or one
/// that nothing can have (an input that is not connected) is left out.
package final class HardwareSensors: Collector {
    private let temperature = Metric(
        "temperature_celsius",
        unit: "celsius",
        isStandard: false,
        "Temperature that a sensor of the hardware shows."
    )
    private let hwmon: String
    private let thermal: String
    private let buffer: ReadBuffer

    package override var metrics: [Metric] { [temperature] }
    /// Some sensors are behind slow buses or a disk that must wake up.
    package override var mayBlock: Bool { true }

    package init(roots: Roots, buffer: ReadBuffer = ReadBuffer()) {
        hwmon = roots.sys + "/class/hwmon"
        thermal = roots.sys + "/class/thermal"
        self.buffer = buffer
        super.init(name: "hwmon")
    }

    package override func collect(
        into output: inout SampleOutput,
        uptimeNanoseconds: UInt64
    ) throws(CollectorFailure) {
        var sensors = hardwareMonitors()
        if sensors.isEmpty { sensors = thermalZones() }
        for (instance, celsius) in Self.named(sensors) { output.add(temperature, instance: instance, celsius) }
    }

    package struct Sensor: Equatable {
        package var chip: String
        package var device: String
        package var label: String
        package var celsius: Double

        package init(chip: String, device: String, label: String, celsius: Double) {
            self.chip = chip
            self.device = device
            self.label = label
            self.celsius = celsius
        }
    }

    /// The sensors with the instance each gets: chip and label, with the device between where that is not enough, and
    /// numbered where even that is not.
    package static func named(_ sensors: [Sensor]) -> [(instance: String, celsius: Double)] {
        let short = sensors.map { $0.chip + " " + $0.label }
        let long = sensors.map { $0.chip + " " + $0.device + " " + $0.label }
        return sensors.indices.map { place in
            var instance = short[place]
            if short.indices.contains(where: { $0 != place && short[$0] == short[place] }) {
                instance = long[place]
                let before = long[..<place].filter { $0 == instance }.count
                if before > 0 { instance += " \(before + 1)" }
            }
            return (instance, sensors[place].celsius)
        }
    }

    private func hardwareMonitors() -> [Sensor] {
        var sensors: [Sensor] = []
        for monitor in Self.inOrder(Folder.names(in: hwmon), prefix: "hwmon", suffix: "") {
            var folder = hwmon + "/" + monitor.name
            let device = Folder.linkedName(folder + "/device") ?? monitor.name
            // Before Linux 3.15 many drivers had their files in the device's folder.
            if !Folder.exists(folder + "/name") { folder += "/device" }
            guard let chip = line(folder + "/name") else { continue }
            for input in Self.inOrder(Folder.names(in: folder), prefix: "temp", suffix: "_input") {
                let sensor = folder + "/temp\(input.number)"
                guard let celsius = celsius(sensor + "_input"), line(sensor + "_fault") != "1" else { continue }
                let label = line(sensor + "_label") ?? "temp\(input.number)"
                sensors.append(Sensor(chip: chip, device: device, label: label, celsius: celsius))
            }
        }
        return sensors
    }

    private func thermalZones() -> [Sensor] {
        Self.inOrder(Folder.names(in: thermal), prefix: "thermal_zone", suffix: "").compactMap { zone in
            let folder = thermal + "/" + zone.name
            guard let type = line(folder + "/type"), let celsius = celsius(folder + "/temp") else { return nil }
            return Sensor(chip: type, device: zone.name, label: "temp1", celsius: celsius)
        }
    }

    /// The names of the form `prefix NUMBER suffix`, by number.
    private static func inOrder(
        _ names: [String],
        prefix: StaticString,
        suffix: StaticString
    ) -> [(name: String, number: UInt64)] {
        names.compactMap { name in
            var text = ByteScanner(Array(name.utf8))
            guard text.skip(prefix), text.count > suffix.utf8CodeUnitCount else { return nil }
            let digits = text.count - suffix.utf8CodeUnitCount
            var end = ByteScanner(text.array, from: digits, to: text.count)
            guard end.skip(suffix), let number = ByteScanner(text.array, from: 0, to: digits).unsigned else {
                return nil
            }
            return (name, number)
        }.sorted { $0.number < $1.number }
    }

    /// The first line of a file; nil where the kernel gives none (no such file, or the device does not answer).
    private func line(_ path: String) -> String? {
        guard var text = try? buffer.read(path, limit: 65_536), let line = text.line(), !line.isEmpty else {
            return nil
        }
        return line.string
    }

    private func celsius(_ path: String) -> Double? {
        guard var text = try? buffer.read(path, limit: 65_536), let line = text.line() else { return nil }
        return Self.parse(line)
    }

    /// Thousandths of a degree. Unconnected inputs show the end of their scale.
    package static func parse(_ text: ByteScanner) -> Double? {
        guard let thousandths = text.signed, thousandths > -60_000, thousandths < 200_000 else { return nil }
        return Double(thousandths) / 1_000
    }
}
