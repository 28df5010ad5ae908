import ArgumentParser
import Configuration
import Console
import Foundation
import Wire

/// `150`, `1.5` (seconds), `150s`, `2m`.
struct PhaseDuration: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        if let duration = DurationText.parse(argument) {
            self.duration = duration
        } else if let seconds = Double(argument), seconds >= 0, seconds <= 1e9 {
            duration = .milliseconds(Int64(seconds * 1_000))
        } else {
            return nil
        }
    }
}

/// RFC 3339, such as `2026-11-21T12:00:00Z`.
struct StartTime: ExpressibleByArgument {
    let timestamp: Timestamp

    init?(argument: String) {
        guard let date = try? Date(argument, strategy: .iso8601) else { return nil }
        timestamp = Timestamp(milliseconds: Int64(date.timeIntervalSince1970 * 1_000))
    }
}

/// `30s` or `10MB`.
struct RotationInterval: ExpressibleByArgument {
    let interval: LogRotation.Interval

    init?(argument: String) {
        if let duration = DurationText.parse(argument), duration > .zero {
            interval = .time(duration)
        } else if let size = SizeText.parse(argument), size > 0 {
            interval = .bytes(Int(size))
        } else {
            return nil
        }
    }
}

extension LogRotation.Method: ExpressibleByArgument {}
