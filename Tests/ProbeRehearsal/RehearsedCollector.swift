/// A collector of one metric that bears its name, with a behaviour to be rehearsed.
final class RehearsedCollector: Collector {
    typealias Behaviour = (RehearsedCollector, inout SampleOutput, UInt64) throws(CollectorFailure) -> Void

    var lastUptime: UInt64?
    private var blocks = false
    private var rates = false
    private var behaviour: Behaviour?

    static func named(
        _ name: String,
        mayBlock: Bool = false,
        isRate: Bool = false,
        _ behaviour: @escaping Behaviour
    ) -> Collector {
        let description = "A \"value\" of \\ the rehearsal."
        let metric = Metric(name, unit: "", isStandard: false, description)
        let collector = RehearsedCollector(name: name, metrics: [metric])
        collector.blocks = mayBlock
        collector.rates = isRate
        collector.behaviour = behaviour
        return collector
    }

    var metric: Metric { metrics[0] }
    override var mayBlock: Bool { blocks }
    override var isRate: Bool { rates }

    override func collect(into output: inout SampleOutput, uptimeNanoseconds: UInt64) throws(CollectorFailure) {
        try behaviour?(self, &output, uptimeNanoseconds)
    }
}
