import Foundation
import TestServers
import Testing
import Wire

/// Logs over the channel, as the server meets them.
struct LogServingTests {
    @Test func aLogThatThePlanDoesNotHaveIsReported() throws {
        let conversation = try ProbeConversation(plan: CollectionPlan(metrics: ["uptime_seconds"]))
        let answer = try conversation.readLogs([.beginning(0), .beginning(.max)], sequence: 7)
        #expect(answer.chunks.isEmpty)
        #expect(answer.end.sequence == 7)
        #expect(answer.end.reports.map(\.log) == [0, .max])
        #expect(answer.end.reports.allSatisfy { $0.condition == .failed && $0.errorNumber == EINVAL })
        #expect(abs(Double(answer.end.readAt.milliseconds) / 1_000 - Date().timeIntervalSince1970) < 5)
        #expect(try conversation.poll().samples.map(\.metric) == [0])
    }

    @Test func logsBeforeAPlanAreRefused() throws {
        let conversation = try ProbeConversation()
        try conversation.send(.readLogs(sequence: 1, budgetBytes: 1, logs: []))
        let errors = try conversation.program.readErrors()
        #expect(errors.contains("logs were asked for before a plan"))
        #expect(try conversation.program.waitForExit() == 3)
    }

    @Test func aRequestForNoLogsIsAnswered() throws {
        let conversation = try ProbeConversation(plan: CollectionPlan(metrics: []))
        #expect(try conversation.readLogs([]).end.reports.isEmpty)
    }

    @Test(arguments: ProbeExecutable.probes)
    func aLogComesWholeOverManyRequests(executable: ProbeExecutable) throws {
        let logs = try NumberedLogs(lines: [60_000])
        let conversation = try ProbeConversation(executable, plan: logs.plan)
        var read = LogRead.beginning(0)
        var bytes: [UInt8] = []
        var requests = 0
        while requests < 20 {
            let answer = try conversation.readLogs([read], budgetBytes: 1 << 20)
            requests += 1
            #expect(answer.chunks.reduce(0) { $0 + $1.bytes.count } <= 1 << 20)
            #expect(answer.chunks.allSatisfy { $0.bytes.count <= LogChunk.byteLimit && $0.bytes.last == 10 })
            bytes += answer.bytes(of: 0)
            let report = try #require(answer.end.reports.first)
            #expect(report.condition == .following)
            read.cursors = report.cursors
            if report.isAtEnd { break }
            // Nobody asks in small pieces for what lies there in a large one.
            #expect(answer.chunks.count <= 5)
        }
        #expect(requests > 2)
        #expect(try bytes == logs.contents(0))
    }

    @Test func logsTakeTurnsUnderOneBudget() throws {
        let logs = try NumberedLogs(lines: [40_000, 30, 40_000])
        let conversation = try ProbeConversation(plan: logs.plan)
        let answer = try conversation.readLogs([.beginning(0), .beginning(1), .beginning(2)], budgetBytes: 2 << 20)
        let order = answer.chunks.filter { !$0.bytes.isEmpty }.map(\.log)
        #expect(order.prefix(4) == [0, 1, 2, 0])
        let (first, last) = (order.count { $0 == 0 }, order.count { $0 == 2 })
        #expect(abs(first - last) <= 1)
        let sizes = (0..<3).map { answer.bytes(of: $0).count }
        #expect(sizes.reduce(0, +) <= 2 << 20)
        #expect(sizes.reduce(0, +) > (2 << 20) - 2 * (64 << 10))
        #expect(try answer.bytes(of: 1) == logs.contents(1))
        #expect(answer.end.reports.map(\.isAtEnd) == [false, true, false])

        // What was left comes with the next requests, from where the last ended.
        var rest = answer.bytes(of: 2)
        var reads = answer.end.reports.map { LogRead(log: $0.log, start: .beginning, cursors: $0.cursors) }
        for _ in 0..<3 {
            let next = try conversation.readLogs(reads)
            rest += next.bytes(of: 2)
            reads = next.end.reports.map { LogRead(log: $0.log, start: .beginning, cursors: $0.cursors) }
        }
        #expect(try rest == logs.contents(2))
    }

    @Test(arguments: [UInt64(0), 20_000])
    func aPollOvertakesALongRead(delayMicroseconds: UInt64) throws {
        let logs = try NumberedLogs(lines: [80_000])
        var plan = logs.plan
        plan.metrics = ["uptime_seconds"]
        let conversation = try ProbeConversation(plan: plan)
        _ = try conversation.poll()
        if delayMicroseconds > 0 {
            try conversation.send(
                .poll(sequence: 9, withMetrics: true, commandsDue: [], delayMicroseconds: delayMicroseconds)
            )
        }
        try conversation.send(.readLogs(sequence: 8, budgetBytes: 64 << 20, logs: [.beginning(0)]))
        guard case .logChunk(let first) = try conversation.receive() else { throw POSIXError(.EPROTO) }
        if delayMicroseconds > 0 {
            // By then it is due: the probe is held up by what nobody reads.
            usleep(UInt32(delayMicroseconds))
        } else {
            try conversation.send(.poll(sequence: 9, withMetrics: true, commandsDue: []))
        }
        var bytes = first.bytes
        var chunksBeforeTheAnswer = 0
        waiting: while true {
            switch try conversation.receive() {
            case .logChunk(let chunk):
                bytes += chunk.bytes
                chunksBeforeTheAnswer += 1
            case .snapshot(let snapshot):
                #expect(snapshot.sequence == 9)
                break waiting
            case .hello, .logsRead: throw POSIXError(.EPROTO)
            }
        }
        // What was on its way already.
        #expect(chunksBeforeTheAnswer <= 3)
        let rest = try conversation.receiveLogs()
        #expect(rest.end.sequence == 8)
        #expect(rest.chunks.count > 10)
        #expect(try bytes + rest.bytes(of: 0) == logs.contents(0))
    }

    @Test func aFurtherRequestWaitsForItsTurn() throws {
        let logs = try NumberedLogs(lines: [10_000, 10_000])
        let conversation = try ProbeConversation(plan: logs.plan)
        try conversation.send(.readLogs(sequence: 1, budgetBytes: 8 << 20, logs: [.beginning(0)]))
        try conversation.send(.readLogs(sequence: 2, budgetBytes: 8 << 20, logs: [.beginning(1)]))
        for log in UInt16(0)...1 {
            let answer = try conversation.receiveLogs()
            #expect(answer.end.sequence == UInt32(log) + 1)
            #expect(Set(answer.chunks.map(\.log)) == [log])
            #expect(try answer.bytes(of: log) == logs.contents(Int(log)))
        }
    }

    @Test func tooManyRequestsAreRefused() throws {
        let logs = try NumberedLogs(lines: [80_000])
        let conversation = try ProbeConversation(plan: logs.plan)
        // In one write: the probe does not read to the end.
        var frames: [UInt8] = []
        for sequence in UInt32(1)...30 {
            let request = Request.readLogs(sequence: sequence, budgetBytes: 64 << 20, logs: [.beginning(0)])
            frames += try conversation.sealer.seal(request.encode())
        }
        conversation.program.write(frames)
        #expect(try conversation.program.readErrors().contains("too many requests for logs wait"))
        #expect(try conversation.program.waitForExit() == 3)
    }

    @Test(arguments: ["channel", "output", "signal"], SpawnedProgram.Transport.allCases)
    func theEndComesInTheMidstOfALog(ending: String, transport: SpawnedProgram.Transport) throws {
        let logs = try NumberedLogs(lines: [80_000])
        let conversation = try ProbeConversation(transport: transport)
        try conversation.configure(logs.plan)
        try conversation.send(.readLogs(sequence: 1, budgetBytes: 64 << 20, logs: [.beginning(0)]))
        _ = try conversation.receive()
        switch ending {
        case "channel": conversation.program.closeInput()
        case "output": conversation.program.closeOutput()
        default: kill(conversation.processIdentifier, SIGTERM)
        }
        #expect(try conversation.program.waitForExit() == 0)
    }

    @Test func aNewPlanEndsWhatIsRead() throws {
        let logs = try NumberedLogs(lines: [80_000])
        let conversation = try ProbeConversation(plan: logs.plan)
        try conversation.send(.readLogs(sequence: 1, budgetBytes: 64 << 20, logs: [.beginning(0)]))
        _ = try conversation.receive()
        try conversation.send(.configure(CollectionPlan(metrics: ["uptime_seconds"])))
        var reply = try conversation.receive()
        while case .logChunk = reply { reply = try conversation.receive() }
        guard case .hello = reply else { throw POSIXError(.EPROTO) }
        #expect(try conversation.poll().samples.map(\.metric) == [0])
    }

    @Test func itStaysSmallBesideLargeLogs() throws {
        let logs = try NumberedLogs(lines: [80_000, 80_000])
        let conversation = try ProbeConversation(plan: logs.plan)
        let process = conversation.processIdentifier
        try conversation.send(.readLogs(sequence: 1, budgetBytes: 64 << 20, logs: [.beginning(0), .beginning(1)]))
        var largest = 0
        while case .logChunk = try conversation.receive() {
            largest = max(largest, try ProcessTable.residentKilobytes(of: process))
        }
        #expect(largest <= 3_072)
        // It has given its memory back when it takes the next request.
        _ = try conversation.readLogs([])
        #expect(try ProcessTable.residentKilobytes(of: process) <= 2_048)
    }
}

/// Files of numbered lines, a hundred bytes each.
private struct NumberedLogs {
    let folder: TestFolder
    let paths: [String]

    init(lines: [Int]) throws {
        folder = try TestFolder("logs")
        var paths: [String] = []
        for (index, count) in lines.enumerated() {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(100 * count)
            for number in 0..<count {
                let line = Array("\(number) ".utf8)
                bytes += line
                bytes += repeatElement(UInt8(ascii: "a") + UInt8(index), count: 99 - line.count)
                bytes.append(10)
            }
            let path = "\(folder.path)/log\(index)"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            paths.append(path)
        }
        self.paths = paths
    }

    var plan: CollectionPlan { CollectionPlan(metrics: [], logs: paths.map { LogPlan(path: $0) }) }

    func contents(_ index: Int) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: paths[index])))
    }
}
