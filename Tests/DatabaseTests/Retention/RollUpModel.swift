import Database
import Foundation
import TestServers
import Testing
import Wire

/// What the tables have to hold after each run of the upkeep, kept plainly: every value in memory, nothing clever.
struct RollUpModel {
    struct Sum: Equatable {
        var min: Double
        var avg: Double
        var max: Double
        var count: Int

        init(min: Double, avg: Double, max: Double, count: Int) {
            (self.min, self.avg, self.max, self.count) = (min, avg, max, count)
        }

        init(_ values: [Double]) {
            self.init(
                min: values.min()!,
                avg: values.reduce(0, +) / Double(values.count),
                max: values.max()!,
                count: values.count
            )
        }

        static func == (left: Sum, right: Sum) -> Bool {
            left.min == right.min && left.max == right.max && left.count == right.count
                && abs(left.avg - right.avg) <= 1e-9 * Swift.max(1, abs(left.avg))
        }
    }

    struct Key: Hashable {
        var series: String
        var start: Int64
    }

    static let hour: Int64 = 3_600_000
    static let day: Int64 = 86_400_000

    let retention: RetentionSettings
    var samples: [Key: Double] = [:]
    var hourly: [Key: Sum] = [:]
    var daily: [Key: Sum] = [:]
    private var dueHours: Set<Int64> = []
    private var dueDays: Set<Int64> = []
    private var finalHour = Int64.min
    private var finalDay = Int64.min

    init(_ retention: RetentionSettings) { self.retention = retention }

    mutating func store(_ batch: DatabaseBatch) {
        for poll in batch.samples {
            let time = poll.collectedAt.milliseconds
            for sample in poll.samples {
                samples[Key(series: "\(poll.host)/\(sample.metric)", start: time)] = sample.value
            }
            dueHours.insert(time / Self.hour * Self.hour)
        }
    }

    /// - Parameter ends: of the partitions that are there, in milliseconds.
    mutating func run(now: Int64, partitionEnds ends: [Int64]) {
        let end = now - 300_000
        for hour in dueHours where hour + Self.hour <= end {
            let found = Dictionary(grouping: samples.filter { $0.key.start / Self.hour * Self.hour == hour }) {
                $0.key.series
            }
            for (series, values) in found {
                let key = Key(series: series, start: hour)
                if hour < finalHour, hourly[key] != nil { continue }
                hourly[key] = Sum(values.map(\.value))
            }
            dueHours.remove(hour)
            dueDays.insert(hour / Self.day * Self.day)
        }
        for day in dueDays where day + Self.day <= end {
            let found = Dictionary(grouping: hourly.filter { $0.key.start / Self.day * Self.day == day }) {
                $0.key.series
            }
            for (series, sums) in found {
                let key = Key(series: series, start: day)
                if day < finalDay, daily[key] != nil { continue }
                let sums = sums.map(\.value)
                let count = sums.reduce(0) { $0 + $1.count }
                daily[key] = Sum(
                    min: sums.map(\.min).min()!,
                    avg: sums.reduce(0) { $0 + $1.avg * Double($1.count) } / Double(count),
                    max: sums.map(\.max).max()!,
                    count: count
                )
            }
            dueDays.remove(day)
        }
        let hoursFrom = (now - retention.keepHourly.milliseconds) / Self.day * Self.day
        let daysFrom = (now - retention.keepDaily.milliseconds) / Self.day * Self.day
        hourly = hourly.filter { $0.key.start >= hoursFrom }
        daily = daily.filter { $0.key.start >= daysFrom }
        finalDay = max(finalDay, hoursFrom)
        let limit = (now - retention.keep.milliseconds) / Self.day * Self.day
        if let dropped = ends.filter({ $0 <= limit }).max() {
            samples = samples.filter { $0.key.start >= dropped }
            finalHour = max(finalHour, dropped)
        }
    }

    func expectSame(_ connection: MySQLConnection, _ comment: Comment) throws {
        #expect(try connection.lines("SELECT COUNT(*) FROM samples") == ["\(samples.count)"], comment)
        #expect(try Self.read(connection, "hourly", "hour_start") == hourly, comment)
        #expect(try Self.read(connection, "daily", "day_start") == daily, comment)
    }

    /// Through the views that people use.
    static func read(_ connection: MySQLConnection, _ name: String, _ column: String) throws -> [Key: Sum] {
        var sums: [Key: Sum] = [:]
        for line in try connection.lines(
            """
            SELECT host, metric, TIMESTAMPDIFF(SECOND, '1970-01-01', \(column)), min, avg, max, count \
            FROM metric_values_\(name)
            """
        ) {
            let parts = line.split(separator: "|")
            let key = Key(series: "\(parts[0])/\(parts[1])", start: try #require(Int64(parts[2])) * 1_000)
            sums[key] = Sum(
                min: try #require(Double(parts[3])),
                avg: try #require(Double(parts[4])),
                max: try #require(Double(parts[5])),
                count: try #require(Int(parts[6]))
            )
        }
        return sums
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 { components.seconds * 1_000 }
}
