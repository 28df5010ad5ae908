import Foundation
import TestServers
import Testing

@testable import Monitor

/// What a host in trouble must show: its state, and words that its one line must have.
struct Fault {
    let host: String
    let state: String
    let words: [String]

    init(_ host: String, _ state: String, _ words: String...) {
        self.host = host
        self.state = state
        self.words = words
    }
}

extension RetryPolicy {
    /// Tries again within half a second, so that a test sees retries and the return of a host without waiting minutes.
    static let brisk = RetryPolicy(
        failure: Backoff(first: .milliseconds(300), limit: .milliseconds(500)),
        refusal: Backoff(first: .milliseconds(300), limit: .milliseconds(500)),
        crowd: Backoff(first: .milliseconds(300), limit: .milliseconds(500))
    )
}

extension Fleet {
    /// Warnings about a host, in the order they came.
    func warnings(of host: String) -> [String] {
        log.lines(with: " warning \(host): ")
    }

    /// Waits until each fault is in MySQL and its host was tried again, then judges the lines: one for each, however
    /// often the host was tried.
    ///
    /// - Parameter retried: whether to wait for a second try that fails alike.
    func expect(_ faults: [Fault], retried: Bool = true, seconds: Double = 30) throws {
        // Each by itself: the first ones may be back before the last ones have failed.
        var stored: [String: String] = [:]
        try wait(seconds: seconds, "errors of all in MySQL, only of \(stored.keys.sorted())") {
            for row in (try? self.rows("SELECT name, state, last_error FROM hosts WHERE last_error <> ''")) ?? [] {
                let cells = row.split(separator: "\t").map(String.init)
                if faults.contains(where: { $0.host == cells[0] && $0.state == cells[1] }) {
                    if stored[cells[0]] == nil { stored[cells[0]] = cells[2] }
                }
            }
            return stored.count == faults.count
        }
        for fault in faults where retried {
            try wait(seconds: seconds, "second try of \(fault.host)") {
                !log.lines(with: " debug \(fault.host): ").isEmpty
            }
        }
        for fault in faults {
            let lines = warnings(of: fault.host)
            #expect(lines.count == 1, "\(lines)")
            let line = lines.first ?? ""
            for word in fault.words { #expect(line.contains(word), "“\(word)” in \(line)") }
            let error = stored[fault.host] ?? ""
            #expect(error.hasSuffix(".") && line.contains(" warning \(error)"), "\(error) in \(line)")
        }
    }

    /// Waits until the hosts' rows are coming and their errors are gone from MySQL.
    func expectUp(_ hosts: String..., seconds: Double = 30) throws {
        try rows("SELECT name FROM hosts WHERE state = 'up' AND last_error IS NULL", seconds: seconds) {
            Set(hosts).isSubset(of: $0)
        }
    }

    /// A host beside those in trouble: its rows came every second from the first one to the end, and nobody warned.
    func expectUndisturbed(_ host: String, atLeast count: Int = 4) throws {
        try rows("SELECT COUNT(*) FROM metric_values WHERE host = '\(host)' AND metric = 'uptime_seconds'") {
            $0.first.flatMap { Int($0) } ?? 0 >= count
        }
        let gaps = try rows(
            """
            SELECT COUNT(*), MAX(gap), TIMESTAMPDIFF(MICROSECOND, MAX(collected_at), UTC_TIMESTAMP(3)) / 1e6 FROM (
              SELECT collected_at, TIMESTAMPDIFF(MICROSECOND, LAG(collected_at) OVER (ORDER BY collected_at),
                collected_at) / 1e6 AS gap
              FROM metric_values WHERE host = '\(host)' AND metric = 'uptime_seconds') AS polls
            """
        )[0].split(separator: "\t").compactMap { Double($0) }
        try #require(gaps.count == 3, "\(host) has no rows: \(log.text)")
        #expect(gaps[1] < 2.5, "seconds between two polls of \(host)")
        #expect(gaps[2] < 3.5, "seconds since the last poll of \(host)")
        #expect(warnings(of: host).isEmpty)
    }
}
