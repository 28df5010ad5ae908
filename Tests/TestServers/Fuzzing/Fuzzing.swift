import Foundation

/// Gives a decoder of foreign bytes inputs without end: first the saved ones (`Corpus/DECODER/` beside the module's
/// tests), then mutations of them, until its time is over.
///
/// Two seconds in an ordinary run, a minute in `.ci/run` (`METRICSD_FUZZ_SECONDS`). A finding names its seed
/// (`METRICSD_FUZZ_SEED` begins there again) and a file with the input, which belongs into the corpus under a name that
/// says its defect. Inputs that end the process, never come back or take very much memory are left in that file, too.
package struct Fuzzing {
    package enum Outcome {
        case accepted
        /// The reason in the decoder's own words; an input with a new reason is mutated further.
        case refused(String)
        /// What is wrong with what the decoder made of the input: a sentence without a full stop.
        case broken(String)
    }

    /// What a run came to, for a test that wants to know whether it got behind the decoder's first checks.
    package struct Summary {
        package var inputs = 0
        package var accepted = 0
        /// Different reasons.
        package var refusals: Set<String> = []
    }

    package struct Finding: Error, CustomStringConvertible {
        package let description: String
    }

    let decoder: String
    let words: [[UInt8]]
    let lengthLimit: Int
    let slowest: Duration
    let corpus: [[UInt8]]

    /// - Parameters:
    ///   - decoder: the folder of its saved inputs.
    ///   - words: what the format is made of.
    ///   - written: further inputs to begin with, e.g. what an encoder makes of random values.
    ///   - lengthLimit: of an input, in bytes.
    ///   - slowest: what one input may take of its thread's time.
    ///   - file: a test of the module, beside which `Corpus` lies.
    package init(
        _ decoder: String,
        words: [String] = [],
        written: [[UInt8]] = [],
        lengthLimit: Int = 8 << 10,
        slowest: Duration = .seconds(2),
        file: StaticString = #filePath
    ) throws {
        self.decoder = decoder
        self.words = words.map { Array($0.utf8) }
        self.lengthLimit = lengthLimit
        self.slowest = slowest
        let saved = try FuzzCorpus(decoder, besideTestsOf: "\(file)")
        corpus = saved.inputs + written
        guard !saved.inputs.isEmpty else {
            throw Finding(description: "there are no saved inputs for \(decoder) in \(saved.folder)")
        }
    }

    /// Where random numbers begin; the same in every ordinary run.
    package static let seed = number("METRICSD_FUZZ_SEED").flatMap(UInt64.init(exactly:)) ?? 20_261_121

    /// How long a target goes on.
    package static let budget = Duration.seconds(number("METRICSD_FUZZ_SECONDS") ?? 2)

    private static func number(_ variable: String) -> Double? {
        ProcessInfo.processInfo.environment[variable].flatMap(Double.init)
    }

    /// Blocks for the target's time.
    ///
    /// - Parameter read: gives an input to the decoder. It may use the random numbers, e.g. to cut it into pieces.
    @discardableResult
    package func run(_ read: ([UInt8], inout SeededGenerator) throws -> Outcome) throws -> Summary {
        let watch = try FuzzWatch(decoder)
        defer { watch.end() }
        var summary = Summary()
        // Of those that are refused for a reason of their own, so that mutations get deeper step by step.
        var found: [[UInt8]] = []
        let beginning = ContinuousClock.now
        for input in watch.leftBehind + corpus {
            var random = SeededGenerator(seed: Self.seed)
            try look(at: input, seed: Self.seed, read, &random, &summary, watch)
        }
        let mutation = FuzzMutation(words: words, lengthLimit: lengthLimit)
        var seed = Self.seed
        repeat {
            seed &+= 1
            var random = SeededGenerator(seed: seed)
            let isFurther = !found.isEmpty && Int.random(in: 0..<3, using: &random) == 0
            let input = mutation.mutate(isFurther ? found : corpus, &random)
            let reasons = summary.refusals.count
            try look(at: input, seed: seed, read, &random, &summary, watch)
            if summary.refusals.count > reasons, found.count < 200 { found.append(input) }
        } while ContinuousClock.now < beginning + Self.budget
        print(
            "fuzzed \(decoder): \(summary.inputs) inputs in \(ContinuousClock.now - beginning), "
                + "\(summary.accepted) accepted, \(summary.refusals.count) reasons to refuse, seed \(Self.seed)"
        )
        return summary
    }

    private func look(
        at input: [UInt8],
        seed: UInt64,
        _ read: ([UInt8], inout SeededGenerator) throws -> Outcome,
        _ random: inout SeededGenerator,
        _ summary: inout Summary,
        _ watch: FuzzWatch
    ) throws {
        watch.begin(input)
        let start = ThreadTime.now
        func finding(_ what: String) throws -> Finding {
            let path = try watch.keep(seed: seed)
            return Finding(
                description: "\(decoder): \(what). Seed \(seed), \(input.count) bytes in \(path): \(input.prefix(300))"
            )
        }
        let outcome: Outcome
        do {
            outcome = try read(input, &random)
        } catch {
            throw try finding("an error of the test itself: \(error)")
        }
        summary.inputs += 1
        let taken = ThreadTime.now - start
        guard taken < slowest else { throw try finding("it takes \(taken)") }
        switch outcome {
        case .accepted: summary.accepted += 1
        // Numbers in it would make endless many of one.
        case .refused(let reason): summary.refusals.insert(reason.filter { !$0.isNumber })
        case .broken(let what): throw try finding(what)
        }
    }
}

/// The processor's time that the calling thread has taken: other work of the machine does not count.
private enum ThreadTime {
    static var now: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
