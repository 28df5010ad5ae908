import Foundation
import Synchronization

/// Keeps the input that is being read in a file, so that it is there when the process is not, and ends the process when
/// the input never comes back or takes memory without bounds.
final class FuzzWatch: Sendable {
    /// Longer than any input takes on a busy machine under a sanitizer.
    private static let patience = 60
    /// How far the process' memory may grow, resident and in addresses, beyond where the target began: other targets
    /// run beside it.
    private static let memoryLimits = [("VmHWM:", 2 << 20), ("VmPeak:", 16 << 20)]

    /// Inputs that ended an earlier run.
    let leftBehind: [[UInt8]]

    private let decoder: String
    private let path: String
    private let descriptor: Int32
    private let inputs = Atomic<UInt64>(0)
    private let ended = DispatchSemaphore(value: 0)

    init(_ decoder: String) throws {
        self.decoder = decoder
        var checkout = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { checkout.deleteLastPathComponent() }
        let folder = checkout.appendingPathComponent(".build/fuzz").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        path = "\(folder)/\(decoder).input"
        if let data = FileManager.default.contents(atPath: path) {
            print("fuzzing \(decoder): begins with \(path), at which the last run ended")
            leftBehind = [[UInt8](data)]
        } else {
            leftBehind = []
        }
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        let before = Self.memory()
        Thread.detachNewThread { [self] in watch(before) }
    }

    /// To be called before the decoder sees the input.
    func begin(_ input: [UInt8]) {
        _ = input.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        ftruncate(descriptor, off_t(input.count))
        inputs.add(1, ordering: .relaxed)
    }

    /// Keeps the present input under a name of its own; the path.
    func keep(seed: UInt64) throws -> String {
        let kept = "\(path.dropLast(".input".count))-\(seed).input"
        try? FileManager.default.removeItem(atPath: kept)
        try FileManager.default.copyItem(atPath: path, toPath: kept)
        return kept
    }

    /// The target is through, or its finding is kept.
    func end() {
        ended.signal()
        unlink(path)
        close(descriptor)
    }

    private func watch(_ before: [Int]) {
        var last: (input: UInt64, since: ContinuousClock.Instant) = (0, .now)
        while ended.wait(timeout: .now() + .milliseconds(200)) == .timedOut {
            let input = inputs.load(ordering: .relaxed)
            if input != last.input { last = (input, .now) }
            if ContinuousClock.now - last.since > .seconds(Self.patience) { give("does not come back") }
            for (now, (before, limit)) in zip(Self.memory(), zip(before, Self.memoryLimits))
            where now > before + limit.1 {
                give("or one shortly before it takes memory without bounds (\(limit.0) \(now) KiB, was \(before))")
            }
        }
    }

    private func give(_ what: String) -> Never {
        FileHandle.standardError.write(Data("fuzzing \(decoder): the input in \(path) \(what)\n".utf8))
        abort()
    }

    /// The most that the process had up to now, in KiB (`man 5 proc_pid_status`).
    private static func memory() -> [Int] {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        return memoryLimits.map { name, _ in
            let line = text.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
            return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
        }
    }
}
