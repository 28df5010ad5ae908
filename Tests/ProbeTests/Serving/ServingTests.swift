import Foundation
import TestServers
import Testing
import Wire

/// The built probe over pipes, as the server meets it at the end of a channel.
struct ServingTests {
    @Test(arguments: ProbeExecutable.probes)
    func helloSaysWhoTheHostIs(executable: ProbeExecutable) throws {
        let conversation = try ProbeConversation(executable)
        let before = Date()
        let (identity, unknown) = try conversation.configure(
            CollectionPlan(metrics: ["cpu_percent", "no_such_metric", "uptime_seconds"])
        )
        #expect(unknown == [1])
        var name = utsname()
        uname(&name)
        let nodeName = withUnsafeBytes(of: name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        #expect(identity.nodeName == nodeName)
        #expect(identity.architecture == (executable == .arm64 ? "aarch64" : "x86_64"))
        #expect(!identity.kernel.isEmpty)
        let machineID = try? String(contentsOfFile: "/etc/machine-id", encoding: .utf8)
        #expect(identity.machineID == (machineID ?? "").trimmingCharacters(in: .whitespacesAndNewlines))
        #expect(abs(Double(identity.clock.milliseconds) / 1_000 - before.timeIntervalSince1970) < 5)
        #expect(try conversation.end() == 0)
    }

    @Test(arguments: ProbeExecutable.probes)
    func theFirstAnswerHoldsRatesAlready(executable: ProbeExecutable) throws {
        let conversation = try ProbeConversation(
            executable,
            plan: CollectionPlan(metrics: ["uptime_seconds", "cpu_percent"])
        )
        let snapshot = try conversation.poll()
        #expect(snapshot.failures.isEmpty)
        #expect(Set(snapshot.samples.map(\.metric)) == [0, 1])
        let uptime = try #require(snapshot.samples.first { $0.metric == 0 })
        #expect(uptime.value > 0)
        let busy = try #require(snapshot.samples.first { $0.metric == 1 })
        #expect((0...100).contains(busy.value))
        #expect(try conversation.end() == 0)
    }

    @Test(arguments: ProbeExecutable.probes)
    func onlyWhatThePlanNamesIsCollected(executable: ProbeExecutable) throws {
        let conversation = try ProbeConversation(executable, plan: CollectionPlan(metrics: ["uptime_seconds"]))
        #expect(try conversation.poll().samples.map(\.metric) == [0])
        try conversation.configure(CollectionPlan(metrics: ["processes_running", "uptime_seconds"]))
        #expect(try Set(conversation.poll().samples.map(\.metric)) == [0, 1])
        try conversation.configure(CollectionPlan(metrics: []))
        #expect(try conversation.poll().samples.isEmpty)
    }

    @Test func requestsMayComeInAnyPieces() throws {
        let conversation = try ProbeConversation(plan: CollectionPlan(metrics: ["uptime_seconds"]))
        let poll = Request.poll(sequence: 7, withMetrics: true, commandsDue: [])
        for byte in try conversation.sealer.seal(poll.encode()) { conversation.program.write([byte]) }
        guard case .snapshot(let first) = try conversation.receive() else { throw POSIXError(.EPROTO) }
        #expect(first.sequence == 7)
        // Several at once are answered in order.
        var frames: [UInt8] = []
        for sequence in UInt32(8)...20 {
            frames += try conversation.sealer.seal(
                Request.poll(sequence: sequence, withMetrics: true, commandsDue: []).encode()
            )
        }
        conversation.program.write(frames)
        for sequence in UInt32(8)...20 {
            guard case .snapshot(let snapshot) = try conversation.receive() else { throw POSIXError(.EPROTO) }
            #expect(snapshot.sequence == sequence)
        }
    }

    @Test func aPlanOfMegabytesIsTaken() throws {
        let conversation = try ProbeConversation()
        let metrics = (0..<60_000).map { "unknown_metric_\($0)_" + String(repeating: "x", count: 60) }
        let (_, unknown) = try conversation.configure(CollectionPlan(metrics: metrics + ["uptime_seconds"]))
        #expect(unknown.count == metrics.count)
        #expect(try conversation.poll().samples.map(\.metric) == [60_000])
    }

    @Test(arguments: ["cut", "altered", "replayed", "reordered", "oversized", "garbage", "poll before a plan"])
    func aRefusedFrameEndsIt(defect: String) throws {
        let conversation = try ProbeConversation()
        let plan = try conversation.sealer.seal(Request.configure(CollectionPlan(metrics: [])).encode())
        let poll = Request.poll(sequence: 1, withMetrics: true, commandsDue: []).encode()
        let reason: String
        switch defect {
        case "cut":
            conversation.program.write(Array(plan.dropLast()))
            conversation.program.closeInput()
            reason = "the channel ended within a frame"
        case "altered":
            var altered = plan
            altered[6] ^= 0x20
            conversation.program.write(altered)
            reason = "a frame was altered on its way"
        case "replayed":
            conversation.program.write(plan + plan)
            reason = "a frame that was received before came again"
        case "reordered":
            conversation.program.write(try conversation.sealer.seal(poll) + plan)
            reason = "an earlier one is missing"
        case "oversized":
            conversation.program.write([0xff, 0xff, 0xff, 0x7f])
            reason = "a frame of 2147483647 bytes is above the limit"
        case "garbage":
            conversation.program.write(try FrameSealer(key: Frame.randomKey(), direction: .toProbe).seal(poll))
            reason = "a frame was altered on its way or sealed with another key"
        default:
            let other = try ProbeConversation()
            try other.send(.poll(sequence: 1, withMetrics: true, commandsDue: []))
            let errors = try other.program.readErrors()
            #expect(errors.contains("a poll came before a plan"))
            #expect(try other.program.waitForExit() == 3)
            return
        }
        let errors = try conversation.program.readErrors()
        #expect(errors.hasPrefix("metricsd-probe: "))
        #expect(errors.contains(reason))
        #expect(errors.split(separator: "\n").count == 1)
        #expect(try conversation.program.waitForExit() == 3)
    }

    @Test func whateverComesItEndsInOrder() throws {
        var random = SeededGenerator(seed: 200)
        for _ in 0..<40 {
            let conversation = try ProbeConversation()
            var frames = try conversation.sealer.seal(Request.configure(.commands("true")).encode())
            frames += try conversation.sealer.seal(
                Request.poll(sequence: 1, withMetrics: false, commandsDue: [0]).encode()
            )
            let position = Int.random(in: 0..<frames.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: frames[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: frames.remove(at: position)
            case 2: frames.insert(UInt8.random(in: 0...255, using: &random), at: position)
            default: frames.removeLast(frames.count - position)
            }
            conversation.program.write(frames)
            conversation.program.closeInput()
            // 0 where the cut fell between two frames.
            #expect(try [0, 3].contains(conversation.program.waitForExit()))
        }
    }

    @Test(arguments: SpawnedProgram.Transport.allCases)
    func theEndOfTheChannelEndsIt(transport: SpawnedProgram.Transport) throws {
        #expect(try ProbeConversation(transport: transport).end() == 0)
        let conversation = try ProbeConversation(transport: transport)
        try conversation.configure(CollectionPlan(metrics: ["uptime_seconds"]))
        _ = try conversation.poll()
        #expect(try conversation.end() == 0)
    }

    @Test(arguments: SpawnedProgram.Transport.allCases)
    func anOutputThatNobodyReadsEndsIt(transport: SpawnedProgram.Transport) throws {
        let conversation = try ProbeConversation(transport: transport)
        conversation.program.closeOutput()
        // Standard input stays open: it is the broken output that is noticed.
        #expect(try conversation.program.waitForExit() == 0)
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGINT])
    func aSignalEndsItInOrder(signal: Int32) throws {
        let conversation = try ProbeConversation(plan: CollectionPlan(metrics: ["uptime_seconds"]))
        kill(conversation.processIdentifier, signal)
        #expect(try conversation.program.waitForExit() == 0)
    }

    @Test func itStaysSmall() throws {
        let conversation = try ProbeConversation()
        var metrics = try ProgramRun(ProbeExecutable.native.command() + ["--print"]).standardOutput
            .split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { String($0.split(separator: " ")[2]) }
        metrics.append("cores")
        let large = CommandPlan(
            run: "head -c 3000000 /dev/zero",
            deadlineMilliseconds: 10_000,
            outputLimitBytes: 3_000_000
        )
        try conversation.configure(CollectionPlan(metrics: metrics, commands: [large]))
        _ = try conversation.poll()
        let descriptors = try ProcessTable.descriptorCount(of: conversation.processIdentifier)
        #expect(try conversation.run(0).first?.output.count == 3_000_000)
        for _ in 0..<100 { _ = try conversation.poll() }
        #expect(try ProcessTable.residentKilobytes(of: conversation.processIdentifier) <= 2_048)
        #expect(try ProcessTable.descriptorCount(of: conversation.processIdentifier) == descriptors)
        #expect(try ProcessTable.hasNoChildren(conversation.processIdentifier))
        let directory = "/proc/\(conversation.processIdentifier)/cwd"
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: directory) == "/")
    }
}
