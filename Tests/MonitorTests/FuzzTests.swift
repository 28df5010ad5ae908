import Database
import TestServers
import Testing
import Wire

@testable import Monitor

/// What hosts print and what a journal holds: any bytes at all are read or refused.
struct FuzzTests {
    @Test func outputsOfCommands() throws {
        let words = [
            "|", "'", "''", "=", ";", ";;", "U", "%", "ms", "MB", "c", " ", "\t", "\r", "\n", "-", "+", ".", "e", "E",
            "-1.5e3", "DISK OK - ", "/=2643MB;5948;5958;0;5968", "~:10", "@10:20", "é", "\u{0}", "10.0.0.1", "1e999",
        ]
        let summary = try Fuzzing("command_output", words: words).run { input, _ in
            let output = CommandOutput(input)
            guard output.value?.isFinite ?? true else { return .broken("its value is not finite") }
            var size = 0
            for value in output.performanceData {
                guard value.value.isFinite else { return .broken("a value of performance data is not finite") }
                guard !value.label.isEmpty else { return .broken("a label of performance data is empty") }
                // What is no UTF-8 becomes three bytes.
                size += value.label.utf8.count + value.unit.utf8.count
                size += value.warning.utf8.count + value.critical.utf8.count
            }
            guard size <= 3 * input.count else { return .broken("more came out than was in it") }
            guard Self.isReadAgain(output) else { return .broken("it is read otherwise when written again") }
            return output.performanceData.isEmpty ? .refused(output.value == nil ? "nothing" : "a value") : .accepted
        }
        #expect(summary.accepted * 10 > summary.inputs)
    }

    /// As a plugin would print what was understood; only texts that can be printed so.
    private static func isReadAgain(_ output: CommandOutput) -> Bool {
        let values = output.performanceData.filter { value in
            // A unit that begins like an exponent would be one behind another number.
            let texts = [value.label, value.unit, value.warning, value.critical]
            return texts.allSatisfy { !$0.contains("\u{FFFD}") }
                && (value.unit.first.map { !"0123456789.eE".contains($0) } ?? true)
        }
        let data = values.map { value in
            // By bytes: to a String, a quote with an accent is no quote.
            let label = String(decoding: value.label.utf8.flatMap { $0 == 0x27 ? [0x27, 0x27] : [$0] }, as: UTF8.self)
            return "'\(label)'=\(value.value)\(value.unit);\(value.warning);\(value.critical)"
        }
        return CommandOutput(Array("| \(data.joined(separator: " "))".utf8)).performanceData == values
    }

    @Test func placements() throws {
        let words = [
            "@metricsd ", "system ", "Linux x86_64", "directory ", "probe ", "rejected ", "end", "\n", "\r", " ",
            "/tmp",
        ]
        let summary = try Fuzzing("placement", words: words).run { input, _ in
            guard let placement = ProbePlacement(answer: input) else { return .refused("not whole") }
            let lines = input.count { $0 == 10 || $0 == 13 } + 1
            let answers =
                placement.directories.count + placement.rejections.count
                + placement.directories.reduce(0) { $0 + $1.probes.count }
            guard answers <= lines else { return .broken("there are more answers than lines") }
            guard !placement.system.isEmpty, !placement.machine.isEmpty else { return .broken("no system") }
            return .accepted
        }
        #expect(summary.accepted * 20 > summary.inputs)
    }

    @Test func recordsOfTheJournal() throws {
        let summary = try Fuzzing("record_batch", words: ["web-1", "up", "critical", "closed"]).run { input, _ in
            var batch = DatabaseBatch()
            do throws(WireError) {
                try RecordBatch.decode(input, into: &batch)
            } catch { return .refused("\(error)") }
            let first = Self.payload(of: batch)
            var again = DatabaseBatch()
            do throws(WireError) {
                try RecordBatch.decode(first, into: &again)
            } catch { return .broken("its own encoding is refused: \(error)") }
            // Bytes, because a value that is not a number equals nothing.
            return Self.payload(of: again) == first ? .accepted : .broken("its own encoding means something else")
        }
        #expect(summary.accepted * 50 > summary.inputs)
    }

    private static func payload(of batch: DatabaseBatch) -> [UInt8] {
        let names = batch.samples.flatMap { $0.samples.map(\.metric) }
        var record = RecordBatch(metricNames: names)
        batch.hosts.forEach { record.add($0) }
        var number = 0
        for group in batch.samples {
            let samples = group.samples.enumerated().map {
                Sample(metric: UInt16($0.offset), instance: $0.element.instance, value: $0.element.value)
            }
            let numbers = Array(number..<number + samples.count)
            record.add(samples, host: group.host, collectedAt: group.collectedAt, numbers: numbers)
            number += samples.count
        }
        batch.alerts.forEach { record.add($0) }
        batch.commandOutputs.forEach { record.add($0) }
        batch.traffic.forEach { record.add($0) }
        batch.logBatches.forEach { record.add($0) }
        return record.payload
    }
}
