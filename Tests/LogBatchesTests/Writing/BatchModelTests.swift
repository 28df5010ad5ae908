import Foundation
import LogBatches
import TestServers
import Testing
import Wire

/// Random requests, late lines, closes, refusals, crashes and restarts, against what simply was committed.
@Suite struct BatchModelTests {
    /// What should be in the files: of each window the lines of the requests that were committed, in order.
    private final class Model {
        let store: StoreHarness
        var generator: SeededGenerator
        var writer: BatchWriter
        var committed: [Timestamp: String] = [:]
        var uncommitted: [(Timestamp, String)] = []
        var now = Timestamp.morning
        var line = 0
        var failed = 0

        init(seed: UInt64) throws {
            var settings = StoreSettings(prefix: "access", delivery: "edw")
            settings.window = .seconds(60)
            settings.namePattern = "{prefix}_{yyMMddHHmm}.log"
            store = try StoreHarness(settings)
            generator = SeededGenerator(seed: seed)
            writer = store.writer()
        }

        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

        func window() -> Timestamp {
            // Mostly now, sometimes late or a little ahead.
            let minutes = chance(80) ? 0 : Int.random(in: -90...1, using: &generator)
            return BatchWindow(seconds: 60).start(of: now.after(seconds: Double(minutes * 60)))
        }

        func append() throws {
            var runs: [(String, Timestamp?)] = []
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let window = window()
                var text = ""
                for _ in 0..<Int.random(in: 1...20, using: &generator) {
                    line += 1
                    text +=
                        "\(line) " + String(repeating: "x", count: Int.random(in: 0...200, using: &generator)) + "\n"
                }
                let byArrival = chance(10)
                runs.append((text, byArrival ? nil : window))
                uncommitted.append((byArrival ? BatchWindow(seconds: 60).start(of: now) : window, text))
            }
            try writer.append(runs, arrival: now)
        }

        func request() throws {
            do {
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    store.refusesReservations = chance(5)
                    try append()
                }
                try writer.sync()
            } catch let error as BatchError {
                guard error.text.contains("journal is full") || error.isAltered else { throw error }
                rollBack()
                return
            }
            if chance(10) { return rollBack() }
            if chance(30) { writer.closeDue(now: now, skewMilliseconds: 0, isBehind: chance(50)) }
            if chance(10) { return try crash() }
            commit()
        }

        func rollBack() {
            writer.rollBack()
            uncommitted = []
        }

        func commit() {
            store.commit(writer.takeProgress())
            _ = writer.takeFindings()
            for (window, text) in uncommitted { committed[window, default: ""] += text }
            uncommitted = []
        }

        /// Nothing of the request is in the journal; the disk may hold more than it.
        func crash() throws {
            uncommitted = []
            for batch in store.batches where batch.state == .open && chance(50) {
                guard let handle = FileHandle(forWritingAtPath: store.path(batch)) else { continue }
                try handle.seekToEnd()
                try handle.write(contentsOf: Data(generator.bytes(Int.random(in: 1...5_000, using: &generator))))
            }
            try restart()
        }

        func restart() throws {
            let recovery = try store.recover(at: now)
            #expect(recovery.findings.isEmpty)
            writer = store.writer()
        }

        /// What deliveries and housekeeping do with closed ones, stopped anywhere.
        func handle() throws {
            guard var batch = store.batches.filter({ $0.state != .open }).randomElement(using: &generator) else {
                return
            }
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                batch.state = [.closed, .sent, .failed].randomElement(using: &generator) ?? .closed
                store.commit([batch])
                if chance(50) { try store.folder.settle(batch) }
            case 1:
                guard let compressed = try BatchCompression.compress(batch, in: store.folder) else { return }
                guard chance(80) else { return }
                store.commit([compressed])
                if chance(80) { try BatchCompression.finish(compressed, in: store.folder) }
            case 2: try store.folder.settle(batch)
            default: break
            }
        }

        func check() throws {
            var found: [Timestamp: String] = [:]
            for batch in store.batches.sorted(by: { $0.part < $1.part }) {
                let bytes = try store.bytes(batch)
                let text = String(decoding: bytes, as: UTF8.self)
                found[batch.windowStart, default: ""] += text
                #expect(batch.lineCount == UInt64(text.count(where: { $0 == "\n" })))
                if batch.state != .open { #expect(batch.sha256 == RunningHash.hexadecimal(of: bytes)) }
            }
            found = found.filter { !$0.value.isEmpty }
            #expect(found == committed)
        }
    }

    @Test(arguments: 0..<12)
    func everyCommittedLineIsInTheFilesOnceAndInOrder(_ seed: Int) throws {
        let model = try Model(seed: UInt64(seed))
        for step in 0..<120 {
            model.now = model.now.after(seconds: Double(Int.random(in: 0...60, using: &model.generator)))
            switch Int.random(in: 0..<10, using: &model.generator) {
            case 0: try model.restart()
            case 1, 2: try model.handle()
            case 3:
                model.writer.closeDue(now: model.now, skewMilliseconds: 0, isBehind: false)
                model.commit()
            default: try model.request()
            }
            if step % 30 == 29 { try model.check() }
        }
        try model.restart()
        model.writer.closeAll(now: model.now)
        model.commit()
        try model.restart()
        try model.check()
        #expect(
            model.store.files().count == model.store.batches.count { $0.byteCount > 0 }
                + model.store.batches.count {
                    $0.byteCount == 0 && model.store.folder.locate($0) != nil
                }
        )
    }
}
