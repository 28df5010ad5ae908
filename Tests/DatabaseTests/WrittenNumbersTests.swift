import Database
import Testing
import Wire

extension DatabaseTests {
    struct WrittenNumbersTests {
        @Test func valuesThatAreNoneAreLeftOut() throws {
            let connection = try TestDatabase().prepared()
            var batch = DatabaseWriterTests.batch()
            batch.samples[0].samples = [
                SeriesSample(metric: "a", value: .nan), SeriesSample(metric: "b", value: .infinity),
                SeriesSample(metric: "c", value: .leastNonzeroMagnitude),
                SeriesSample(metric: "d", value: -.greatestFiniteMagnitude),
            ]
            batch.alerts[0].value = .nan
            try DatabaseWriter(connection).write(batch)
            #expect(try connection.lines("SELECT metric FROM metric_values ORDER BY 1") == ["c", "d"])
            #expect(try connection.lines("SELECT value FROM alerts") == ["NULL"])
        }

        @Test func numbersReadBackTheSame() throws {
            let connection = try TestDatabase().prepared()
            var generator = SystemRandomNumberGenerator()
            let values =
                (0..<500).map { _ in Double(bitPattern: generator.next()) }.filter(\.isFinite)
                + [1 / 3, 1e16, 123_456_789.125, 9_007_199_254_740_994, 2.2250738585072014e-308]
            let samples = values.enumerated().map { SeriesSample(metric: "m", instance: "\($0)", value: $1) }
            try DatabaseWriter(connection).write(
                DatabaseBatch(samples: [HostSamples(host: "h", collectedAt: DatabaseWriterTests.noon, samples: samples)]
                )
            )
            var wrong = 0
            try connection.query("SELECT instance, value FROM metric_values", operation: "read") { row in
                guard let place = row.text(0).flatMap({ Int($0) }), let value = row.text(1).flatMap({ Double($0) })
                else { return wrong += 1 }
                if value != values[place] { wrong += 1 }
            }
            #expect(wrong == 0)
        }
    }
}
