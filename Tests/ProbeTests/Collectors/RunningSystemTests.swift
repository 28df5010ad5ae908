import Foundation
import Probe
import Testing
import Wire

/// All collectors against the kernel that the test runs on.
@Suite struct RunningSystemTests {
    /// Two readings with some work between them, by metric name.
    private func values() throws -> (
        samples: [(name: String, instance: String, value: Double)], failures: [CollectorFailure]
    ) {
        let collectors = allCollectors()
        var names: [String] = []
        for collector in collectors {
            for metric in collector.metrics {
                metric.number = UInt16(names.count)
                names.append(metric.name)
            }
        }
        var output = SampleOutput()
        var failures: [CollectorFailure] = []
        let begin = clock()
        for collector in collectors { try? collector.collect(into: &output, uptimeNanoseconds: begin) }
        // The kernel counts processor time in ticks of 10 ms: work until at least one has passed.
        while clock() < begin + 60_000_000 {}
        output = SampleOutput()
        for collector in collectors {
            do {
                try collector.collect(into: &output, uptimeNanoseconds: clock())
            } catch {
                failures.append(error)
            }
        }
        return (output.samples.map { (names[Int($0.metric)], $0.instance, $0.value) }, failures)
    }

    private func clock() -> UInt64 { monotonicNanoseconds() }

    @Test func valuesAreSane() throws {
        let (samples, failures) = try values()
        for sample in samples {
            #expect(sample.value.isFinite)
            if sample.name.hasSuffix("_percent") {
                #expect((0...100.0001).contains(sample.value), "\(sample)")
            } else if !sample.name.hasSuffix("_celsius") {
                #expect(sample.value >= 0, "\(sample)")
            }
        }
        let named = Set(samples.map(\.name))
        // What every Linux has, containers included.
        for name in [
            "uptime_seconds", "cpu_percent", "load1", "mem_percent", "mem_total_bytes", "disk_used_percent",
            "disk_free_bytes", "processes", "processes_running", "file_descriptors_percent", "tcp_connections",
        ] {
            #expect(named.contains(name), "no \(name); failures: \(failures)")
        }
        let series = samples.map { "\($0.name){\($0.instance)}" }
        #expect(Set(series).count == series.count, "a series twice in one poll")
    }

    @Test func theProcessorIsSharedOut() throws {
        let samples = try values().samples
        func value(_ name: String) -> Double { samples.first { $0.name == name && $0.instance.isEmpty }?.value ?? -1 }
        let parts = value("cpu_user_percent") + value("cpu_system_percent") + value("cpu_steal_percent")
        #expect(abs(value("cpu_percent") - parts) < 0.001)
        let cores = samples.filter { $0.name == "cpu_percent" && !$0.instance.isEmpty }
        #expect(cores.count <= ProcessInfo.processInfo.processorCount)
        #expect(!cores.isEmpty)
    }

    @Test func memoryIsThatOfThisMachine() throws {
        let total = try #require(try values().samples.first { $0.name == "mem_total_bytes" }?.value)
        #expect(total == Double(ProcessInfo.processInfo.physicalMemory))
    }

    @Test func whatNobodyAsksForIsNotYielded() throws {
        for collector in allCollectors() {
            var output = SampleOutput()
            try? collector.collect(into: &output, uptimeNanoseconds: clock())
            try? collector.collect(into: &output, uptimeNanoseconds: clock() + 1)
            #expect(output.samples.isEmpty)
        }
    }
}

private func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
