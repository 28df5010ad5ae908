import Foundation
import Probe
import TestServers
import Testing
import Wire

/// One case of a collector: `Fixtures/COLLECTOR/CASE/first/…` holds the roots as they are at the first reading, `second/…`
/// what they are 10 s later, `expected` what the collector yields at the last reading.
struct Fixture: Sendable, CustomTestStringConvertible {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    let collector: String
    let name: String

    var testDescription: String { name }
    var folder: URL { Self.folder.appendingPathComponent("\(collector)/\(name)") }

    static func cases(of collector: String) -> [Fixture] {
        let folder = Self.folder.appendingPathComponent(collector)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().map { Fixture(collector: collector, name: $0) }
    }

    /// Files of one folder that end in `.suffix`, as bytes.
    static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(path)))
    }

    var expected: String {
        get throws { try String(contentsOf: folder.appendingPathComponent("expected"), encoding: .utf8) }
    }

    /// What the collector yields at the last reading, a line for each sample and for the failure.
    func result(of make: (Roots) -> Collector) throws -> String {
        let place = try TestFolder("fixture")
        let root = place.path + "/root"
        try FileManager.default.copyItem(atPath: folder.appendingPathComponent("first").path, toPath: root)
        let collector = make(Roots(under: root))
        for (number, metric) in collector.metrics.enumerated() { metric.number = UInt16(number) }

        var result = collector.reading(atSeconds: 1_000)
        let second = folder.appendingPathComponent("second")
        if FileManager.default.fileExists(atPath: second.path) {
            try overwrite(second, under: root)
            result = collector.reading(atSeconds: 1_010)
        }
        return result.replacingOccurrences(of: root, with: "ROOT")
    }

    /// In place, as the kernel's files change: descriptors that are open see the new text.
    private func overwrite(_ source: URL, under root: String) throws {
        for path in try FileManager.default.subpathsOfDirectory(atPath: source.path) {
            let file = source.appendingPathComponent(path)
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder), !isFolder.boolValue else {
                continue
            }
            try Data(contentsOf: file).write(to: URL(fileURLWithPath: "\(root)/\(path)"))
        }
    }
}

extension Collector {
    /// `metric{instance} value` for each sample, then `failure NAME: REASON`.
    func reading(atSeconds seconds: UInt64) -> String {
        var output = SampleOutput()
        var lines: [String] = []
        do {
            try collect(into: &output, uptimeNanoseconds: seconds * 1_000_000_000)
        } catch {
            lines = ["failure \(error.collector): \(error.reason)"]
        }
        let samples = output.samples.map { sample in
            let instance = sample.instance.isEmpty ? "" : "{\(sample.instance)}"
            return "\(metrics[Int(sample.metric)].name)\(instance) \(Self.text(sample.value))"
        }
        return (samples + lines).map { $0 + "\n" }.joined()
    }

    /// Four places are enough to tell right from wrong.
    private static func text(_ value: Double) -> String {
        var text = String(format: "%.4f", value)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}
