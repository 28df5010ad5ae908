import Foundation
import Wire

extension HostPoll {
    package enum Format: String, CaseIterable, Sendable {
        case table, json, prometheus
    }

    /// The poll as text that ends with a line end.
    package func formatted(_ format: Format) -> String {
        switch format {
        case .table: table
        case .json: json
        case .prometheus: prometheus
        }
    }

    private var table: String {
        var text = "\(host) (\(address), \(identity.nodeName), Linux \(identity.kernel) \(identity.architecture))\n"
        var rows = [["metric", "instance", "value", "unit"]]
        for reading in readings {
            rows.append([reading.metric, reading.instance, CellText.plain(reading.value), reading.unit])
        }
        text += TextTable.render(rows, rightAligned: [2])
        for failure in failures { text += "no value of \(failure.collector): \(failure.reason)\n" }
        return text
    }

    private var json: String {
        struct Document: Encodable {
            struct Value: Encodable {
                var metric: String
                var instance: String
                var value: Double
                var unit: String
            }

            struct Failure: Encodable {
                var collector: String
                var reason: String
            }

            var host: String
            var address: String
            var machineID: String
            var kernel: String
            var architecture: String
            var collectedAt: String
            var values: [Value]
            var failures: [Failure]

            enum CodingKeys: String, CodingKey {
                case host, address, kernel, architecture, values, failures
                case machineID = "machine_id"
                case collectedAt = "collected_at"
            }
        }
        let document = Document(
            host: host,
            address: address,
            machineID: identity.machineID,
            kernel: identity.kernel,
            architecture: identity.architecture,
            collectedAt: collectedAt.rfc3339,
            values: readings.map {
                Document.Value(metric: $0.metric, instance: $0.instance, value: $0.value, unit: $0.unit)
            },
            failures: failures.map { Document.Failure(collector: $0.collector, reason: $0.reason) }
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Strings and finite numbers only: it cannot fail.
        let data = (try? encoder.encode(document)) ?? Data()
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// Prometheus text exposition format 0.0.4
    /// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
    private var prometheus: String {
        var text = ""
        var names: [String] = []
        var groups: [String: [Reading]] = [:]
        for reading in readings {
            if groups[reading.metric] == nil { names.append(reading.metric) }
            groups[reading.metric, default: []].append(reading)
        }
        for name in names {
            guard let readings = groups[name], let first = readings.first else { continue }
            let metric = Self.metricName(name)
            text += "# HELP \(metric) \(Self.escaped(first.description, quotes: false))\n# TYPE \(metric) gauge\n"
            for reading in readings {
                var labels = "host=\"\(Self.escaped(host, quotes: true))\""
                if !reading.instance.isEmpty {
                    labels += ",instance=\"\(Self.escaped(reading.instance, quotes: true))\""
                }
                text += "\(metric){\(labels)} \(reading.value)\n"
            }
        }
        return text
    }

    /// Command names may hold what a metric name may not.
    private static func metricName(_ name: String) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" || $0 == ":" ? $0 : "_" })
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var text = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        if quotes { text = text.replacing("\"", with: "\\\"") }
        return text
    }
}
