import Foundation
import TestServers
import Testing
import Wire

/// Configured commands in the built probe.
struct CommandTests {
    @Test(arguments: ProbeExecutable.probes)
    func aResultHoldsStatusTextAndTime(executable: ProbeExecutable) throws {
        let conversation = try ProbeConversation(executable, plan: .commands("echo out; echo err >&2; exit 3"))
        let results = try conversation.run(0)
        let result = try #require(results.first)
        #expect(results.count == 1)
        #expect(result.command == 0)
        #expect(result.ending == .exited)
        #expect(result.status == 3)
        #expect(result.text == "out\nerr\n")
        #expect(!result.isTruncated)
        #expect(result.durationMilliseconds < 10_000)
        #expect(abs(Double(result.startedAt.milliseconds) / 1_000 - Date().timeIntervalSince1970) < 10)
    }

    @Test func commandsRunBesideEachOtherAndBesidePolls() throws {
        let folder = try TestFolder("commands")
        let go = try folder.file("go")
        let conversation = try ProbeConversation(
            plan: CollectionPlan(
                metrics: ["uptime_seconds"],
                commands: [
                    CommandPlan(
                        run: "while ! [ -e \(go) ]; do sleep 0.01; done; echo first",
                        deadlineMilliseconds: 20_000,
                        outputLimitBytes: 1_000
                    ),
                    CommandPlan(run: "echo second", deadlineMilliseconds: 20_000, outputLimitBytes: 1_000),
                ]
            )
        )
        // A poll with metrics is answered at once, whatever runs.
        var snapshot = try conversation.poll(0, 1)
        #expect(snapshot.samples.map(\.metric) == [0])
        #expect(snapshot.commandsRunning + UInt16(snapshot.commandResults.count) == 2)
        var results = snapshot.commandResults
        while results.isEmpty {
            snapshot = try conversation.poll(withMetrics: false)
            results += snapshot.commandResults
        }
        #expect(results.map(\.text) == ["second\n"])
        // Due again while it runs: not started a second time.
        snapshot = try conversation.poll(0)
        #expect(snapshot.commandsRunning == 1)
        try folder.file("go", "")
        #expect(try conversation.run().map(\.text) == ["first\n"])
    }

    @Test func aPollForCommandsWaitsForOneToEnd() throws {
        let conversation = try ProbeConversation(plan: .commands("sleep 0.05; echo 7", "sleep 20"))
        let clock = ContinuousClock()
        let begin = clock.now
        let snapshot = try conversation.poll(withMetrics: false, 0, 1)
        #expect(snapshot.samples.isEmpty)
        // Either the command has ended within the wait, or, on a busy machine, the wait has ended.
        let duration = clock.now - begin
        #expect(duration >= .milliseconds(45))
        #expect(snapshot.commandResults.map(\.text) == ["7\n"] || duration >= .milliseconds(190))
        // Without an end it takes its 200 ms, and without a command no time.
        let wait = try clock.measure { _ = try conversation.poll(withMetrics: false) }
        #expect(wait >= .milliseconds(150) || !snapshot.commandResults.isEmpty)
        #expect(wait < .seconds(5))
    }

    @Test(arguments: ProbeExecutable.probes)
    func theDeadlineKillsTheWholeGroup(executable: ProbeExecutable) throws {
        let plan = CommandPlan(
            run: "sleep 1000 & echo $!; echo $$; sleep 1001 | cat",
            deadlineMilliseconds: 1_000,
            outputLimitBytes: 1_000
        )
        let conversation = try ProbeConversation(executable, plan: CollectionPlan(metrics: [], commands: [plan]))
        let results = try conversation.run(0)
        let result = try #require(results.first)
        #expect(result.ending == .timedOut)
        #expect((1_000..<8_000).contains(result.durationMilliseconds))
        let processes = result.text.split(separator: "\n").compactMap { Int32($0) }
        #expect(processes.count == 2)
        for process in processes { #expect(ProcessTable.isGone(process)) }
        // And the next run starts anew.
        #expect(try conversation.run(0).first?.ending == .timedOut)
    }

    @Test func whatRunsOnInTheBackgroundDoesNotHoldTheResult() throws {
        let conversation = try ProbeConversation(plan: .commands("sleep 1000 & echo $!"))
        let results = try conversation.run(0)
        let result = try #require(results.first)
        #expect(result.ending == .exited)
        #expect(result.durationMilliseconds < 10_000)
        #expect(ProcessTable.isGone(try #require(Int32(result.text.dropLast()))))
    }

    @Test func outputBeyondTheLimitIsCutAndDoesNotBlock() throws {
        let conversation = try ProbeConversation(plan: .commands("head -c 3000000 /dev/zero; exit 5", "printf %10000s"))
        let results = try conversation.run(0, 1)
        #expect(results.map(\.output.count) == [10_000, 10_000])
        #expect(results.map(\.isTruncated) == [true, false])
        #expect(results.map(\.status) == [5, 0])
    }

    @Test func endlessOutputEndsAtTheDeadline() throws {
        let plan = CommandPlan(run: "yes", deadlineMilliseconds: 300, outputLimitBytes: 100)
        let conversation = try ProbeConversation(
            plan: CollectionPlan(metrics: ["uptime_seconds"], commands: [plan])
        )
        // It does not keep the probe from its polls meanwhile.
        #expect(try conversation.poll(0).samples.count == 1)
        let result = try #require(try conversation.run().first)
        #expect(result.ending == .timedOut)
        #expect(result.isTruncated)
        #expect(result.text == String(repeating: "y\n", count: 50))
    }

    @Test(arguments: ProbeExecutable.probes)
    func endingsAreTold(executable: ProbeExecutable) throws {
        let conversation = try ProbeConversation(
            executable,
            plan: .commands(
                "kill -TERM $$",
                "/no/such/program",
                "cat; echo end of input",
                // Longer than the kernel takes as one argument: E2BIG.
                ": " + String(repeating: "x", count: 200_000),
                "trap '' HUP; kill -PIPE $$"
            )
        )
        let results = try conversation.run(0, 1, 2, 3, 4, 9)
        #expect(results.map(\.command) == [0, 1, 2, 3, 4, 9])
        #expect(results.map(\.ending) == [.signaled, .exited, .exited, .notStarted, .signaled, .notStarted])
        // The probe ignores SIGPIPE, its commands do not. There is no command 9.
        #expect(results.map(\.status) == [SIGTERM, 127, 0, E2BIG, SIGPIPE, EINVAL])
        #expect(results[1].text.contains("/no/such/program"))
        #expect(results[2].text == "end of input\n")
    }

    @Test(arguments: ["end of the channel", "unread output", "signal", "kill", "new plan"])
    func commandsEndWithTheProbe(ending: String) throws {
        let folder = try TestFolder("commands")
        let file = try folder.file("pid")
        let conversation = try ProbeConversation(
            plan: .commands("echo $$ > \(file).new; mv \(file).new \(file); exec sleep 1000")
        )
        var process: Int32?
        _ = try conversation.poll(withMetrics: false, 0)
        while process == nil {
            process = (try? String(contentsOfFile: file, encoding: .utf8)).flatMap { Int32($0.dropLast()) }
            _ = try conversation.poll(withMetrics: false)
        }
        switch ending {
        case "end of the channel": #expect(try conversation.end() == 0)
        case "unread output":
            conversation.program.closeOutput()
            #expect(try conversation.program.waitForExit() == 0)
        case "signal":
            kill(conversation.processIdentifier, SIGTERM)
            #expect(try conversation.program.waitForExit() == 0)
        case "kill":
            kill(conversation.processIdentifier, SIGKILL)
            #expect(try conversation.program.waitForExit() == -SIGKILL)
        default:
            try conversation.configure(.commands("echo new"))
            #expect(try conversation.run(0).map(\.text) == ["new\n"])
        }
        #expect(ProcessTable.isGone(try #require(process)))
    }

    @Test func manyAtOnceLeaveNothingBehind() throws {
        let runs = (0..<40).map {
            CommandPlan(run: "echo \($0)", deadlineMilliseconds: 20_000, outputLimitBytes: 100)
        }
        let conversation = try ProbeConversation(plan: CollectionPlan(metrics: [], commands: runs))
        let descriptors = try ProcessTable.descriptorCount(of: conversation.processIdentifier)
        try conversation.send(.poll(sequence: 1, withMetrics: false, commandsDue: Array(0..<40)))
        guard case .snapshot(let first) = try conversation.receive() else { throw POSIXError(.EPROTO) }
        let results = try first.commandResults + conversation.run()
        #expect(Set(results.map(\.text)) == Set((0..<40).map { "\($0)\n" }))
        #expect(try ProcessTable.hasNoChildren(conversation.processIdentifier))
        #expect(try ProcessTable.descriptorCount(of: conversation.processIdentifier) == descriptors)
    }
}
