import Foundation
import LogFollowing
import TestServers
import Testing
import Wire

/// A random writer, rotation, and a server that loses its latest state, against what has been written.
///
/// Every line has a number. Lines are taken down as they are written, and again as they are read; a line that is cut in
/// two by a rotation is two. Times of files are set to a clock of the model's, because in its real time whole days of
/// rotations pass within one tick of the kernel's.
final class RandomLogModel {
    enum Naming: CaseIterable { case numbers, dates, datesBeforeExtension, seconds }

    struct Mode {
        var naming: Naming
        var appends: Bool
        var isPacking: Bool
        /// Oldest files are deleted, read or not.
        var keeps = Int.max
    }

    /// One who writes to a file, which may have another name by now, or none.
    private final class Writer {
        let descriptor: Int32
        var fragment = ""
        /// Rotations since it should have closed the file.
        var age = 0

        init(_ descriptor: Int32) { self.descriptor = descriptor }
        deinit { close(descriptor) }
    }

    private struct Stored {
        var cursors: [LogCursor] = []
        var lines: [String] = []
        var longLines = 0
        var hadLoss = false
    }

    let log: FollowedLog
    private let mode: Mode
    private let seed: UInt64
    private var random: SeededGenerator
    private var writer: Writer?
    private var holders: [Writer] = []
    /// Rotated files, oldest first.
    private var rotated: [String] = []
    private var written: [String] = []
    private var writtenLong = 0
    /// Lines of deleted files.
    private var deleted: Set<String> = []
    private var number = 0
    private var time = 1_700_000_000_000_000_000
    private var now = Stored()
    private var past: [Stored] = []
    private(set) var trace: [String] = []

    init(_ mode: Mode, seed: UInt64) throws {
        self.mode = mode
        self.seed = seed
        random = SeededGenerator(seed: seed)
        log = try FollowedLog(lineLimit: 200)
        log.chunkBytes = 300
        // From here on everything is new.
        try poll()
        past = []
    }

    // MARK: Steps

    func step() throws {
        time += 10_000_000
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<30: note("append"); try append(to: try activeWriter(), lines: Int.random(in: 1...8, using: &random))
        case 30..<36: note("fragment"); try writeFragment(try activeWriter())
        case 36..<42:
            guard let holder = holders.randomElement(using: &random) else { return }
            note("holder")
            try append(to: holder, lines: 2)
        case 42..<44: note("holder closes"); if !holders.isEmpty { try endFragment(holders.removeFirst()) }
        case 44..<52: note("rename"); try rotateByRename()
        case 52..<60: note("copytruncate"); try rotateByCopy()
        case 60..<64: try pack()
        case 64..<66: note("long line"); try writeLongLine(try activeWriter())
        case 66..<84: note("poll"); try poll()
        case 84..<89: note("poll in part"); try poll(chunks: Int.random(in: 0...3, using: &random))
        case 89..<93: note("probe killed"); log.restart()
        case 93..<95: note("server killed"); rollBack()
        case 95..<97: note("old folder"); setTime(log.folder.path)
        default:
            log.clock.milliseconds += UInt64.random(in: 1...1_000, using: &random)
            if holders.isEmpty, Bool.random(using: &random) {
                note("later")
                log.clock.milliseconds += 61_000
            }
        }
    }

    /// Everything that was written and not deleted has been read, once.
    func finish() throws {
        note("finish")
        for holder in holders { try endFragment(holder) }
        holders = []
        for _ in 0..<3 {
            try poll()
            log.clock.milliseconds += 61_000
        }
        try poll()
        try check(isOver: true)
    }

    // MARK: Writing

    private func activeWriter() throws -> Writer {
        if let writer { return writer }
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (mode.appends ? O_APPEND : 0)
        let writer = Writer(open(log.path, flags, 0o644))
        self.writer = writer
        futimens(writer.descriptor, times())
        return writer
    }

    private func write(_ text: String, by writer: Writer) {
        let bytes = Array(text.utf8)
        precondition(Foundation.write(writer.descriptor, bytes, bytes.count) == bytes.count)
        futimens(writer.descriptor, times())
    }

    private func nextLine() -> String {
        number += 1
        return "\(number) " + String(repeating: "x", count: Int.random(in: 0...120, using: &random))
    }

    private func append(to writer: Writer, lines count: Int) throws {
        var text = ""
        for _ in 0..<count {
            let end = nextLine()
            let line = writer.fragment + end
            if line.utf8.count > 200 { writtenLong += 1 } else { written.append(line) }
            text += end + "\n"
            writer.fragment = ""
        }
        write(text, by: writer)
        note("up to \(number)")
    }

    private func writeFragment(_ writer: Writer) throws {
        guard writer.fragment.isEmpty else { return }
        writer.fragment = "\(nextLine())-"
        write(writer.fragment, by: writer)
    }

    private func writeLongLine(_ writer: Writer) throws {
        guard writer.fragment.isEmpty else { return }
        writtenLong += 1
        write(String(repeating: "L", count: Int.random(in: 201...2_000, using: &random)) + "\n", by: writer)
    }

    /// The file that it writes to gets no more.
    private func endFragment(_ writer: Writer) throws {
        if !writer.fragment.isEmpty { written.append(writer.fragment) }
        writer.fragment = ""
    }

    // MARK: Rotating

    private func nextName() throws -> String {
        // So many files are not followed at once.
        for holder in holders {
            holder.age += 1
            if holder.age > 4 { try endFragment(holder) }
        }
        holders.removeAll { $0.age > 4 }
        time += 1_000_000_000
        let second = time / 1_000_000_000
        switch mode.naming {
        case .numbers:
            for (index, name) in rotated.enumerated() {
                let packing = name.hasSuffix(".gz") ? ".gz" : ""
                let older = "access.log.\(rotated.count - index + 1)\(packing)"
                log.rename(name, older)
                rotated[index] = older
            }
            return "access.log.1"
        case .dates: return "access.log-\(20_000_000 + second % 10_000_000)"
        case .datesBeforeExtension: return "access-\(20_000_000 + second % 10_000_000).log"
        case .seconds: return "access.log-20261121-\(second)"
        }
    }

    private func rotateByRename() throws {
        guard let writer else { return }
        let name = try nextName()
        log.rename("access.log", name)
        rotated.append(name)
        self.writer = nil
        if Bool.random(using: &random) { holders.append(writer) } else { try endFragment(writer) }
        if Bool.random(using: &random) { _ = try activeWriter() }
        try deleteOldest()
    }

    private func rotateByCopy() throws {
        guard let writer else { return }
        let name = try nextName()
        try endFragment(writer)
        try log.copy("access.log", name)
        setTime("\(log.folder.path)/\(name)")
        rotated.append(name)
        precondition(ftruncate(writer.descriptor, 0) == 0)
        futimens(writer.descriptor, times())
        try deleteOldest()
    }

    private func pack() throws {
        guard mode.isPacking, holders.isEmpty else { return }
        guard let index = rotated.indices.randomElement(using: &random), !rotated[index].hasSuffix(".gz") else {
            return
        }
        note("gzip \(rotated[index])")
        try log.gzip(rotated[index])
        rotated[index] += ".gz"
    }

    private func deleteOldest() throws {
        guard rotated.count > mode.keeps else { return }
        let name = rotated.removeFirst()
        if !name.hasSuffix(".gz"), let data = FileManager.default.contents(atPath: "\(log.folder.path)/\(name)") {
            let text = String(decoding: data, as: UTF8.self)
            deleted.formUnion(text.split { $0 == "\n" || $0 == "\0" }.map(String.init))
        }
        log.remove(name)
    }

    // MARK: Reading

    private func poll(chunks limit: Int = .max) throws {
        past.append(now)
        let report = log.poll(chunks: limit)
        now.cursors = log.cursors
        now.lines += log.takeLines()
        now.longLines = log.longLines
        #expect(log.cursors.count <= 12)
        if mode.keeps == .max {
            if !report.losses.isEmpty { throw failure("lost \(report.losses)") }
        }
        try checkTwice()
        if report.isAtEnd { try check(isOver: false) }
    }

    private func rollBack() {
        guard let stored = past.suffix(5).randomElement(using: &random), mode.keeps == .max else { return }
        now = stored
        log.cursors = stored.cursors
        log.setLongLines(stored.longLines)
        past = []
        log.restart()
    }

    /// Nothing is missing, and nothing is there twice.
    private func check(isOver: Bool) throws {
        let fragments = holders.map(\.fragment) + [writer?.fragment ?? ""]
        var counts: [String: Int] = [:]
        for line in now.lines { counts[line, default: 0] += 1 }
        for line in written {
            guard let count = counts.removeValue(forKey: line) else {
                // A rotated file's last line without its end is given out when the file is over.
                if !deleted.contains(line), isOver || !line.hasSuffix("-") {
                    throw failure("\(line.prefix(8)) was never read")
                }
                continue
            }
            if count > 1 { throw failure("\(line.prefix(8)) was read \(count) times") }
        }
        for fragment in fragments { counts[fragment] = nil }
        if let line = counts.keys.first { throw failure("\(line.prefix(8)) was read, but not written") }
        if isOver, mode.keeps == .max, now.longLines != writtenLong {
            throw failure("\(now.longLines) long lines instead of \(writtenLong)")
        }
    }

    private func checkTwice() throws {
        var seen: Set<String> = []
        for line in now.lines where !seen.insert(line).inserted { throw failure("\(line.prefix(8)) was read twice") }
    }

    struct Failure: Error, CustomStringConvertible { let description: String }

    private func failure(_ what: String) -> Failure {
        let steps = trace.suffix(40).joined(separator: ", ")
        return Failure(description: "seed \(seed), \(mode): \(what); after \(steps)")
    }

    // MARK: Times

    private func note(_ what: String) { trace.append(what) }

    private func times() -> [timespec] {
        let time = timespec(tv_sec: time / 1_000_000_000, tv_nsec: time % 1_000_000_000)
        return [time, time]
    }

    private func setTime(_ path: String) {
        precondition(utimensat(AT_FDCWD, path, times(), 0) == 0)
    }
}
