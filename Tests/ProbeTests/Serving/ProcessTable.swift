import Foundation
import Testing

/// What `/proc` says of a process (`man 5 proc`).
enum ProcessTable {
    /// Waits up to two seconds for the process to be gone; one that only its parent has still to reap is gone.
    static func isGone(_ process: Int32) -> Bool {
        let end = ContinuousClock.now + .seconds(2)
        while ContinuousClock.now < end {
            guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
                let state = stat.split(separator: ")").last?.split(separator: " ").first
            else { return true }
            if state == "Z" || state == "X" { return true }
            usleep(2_000)
        }
        return false
    }

    /// Children, zombies too.
    static func children(of process: Int32) throws -> [Int32] {
        try String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)
            .split(separator: " ").compactMap { Int32($0) }
    }

    /// Waits up to five seconds for the last child to be reaped: a killed one may still be on its way out.
    static func hasNoChildren(_ process: Int32) throws -> Bool {
        let end = ContinuousClock.now + .seconds(5)
        while try !children(of: process).isEmpty {
            if ContinuousClock.now > end { return false }
            usleep(2_000)
        }
        return true
    }

    static func descriptorCount(of process: Int32) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
    }

    static func residentKilobytes(of process: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    }
}
