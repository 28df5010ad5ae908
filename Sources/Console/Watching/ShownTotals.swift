package import AccessLogs

/// Totals with what is shown of them, sorted once: a log may have a hundred thousand sections, and a screen is drawn twice
/// a second.
package struct ShownTotals: Sendable {
    static let sectionCount = 60

    package let totals: TrafficTotals
    /// In which they came.
    package let seconds: Double
    let sections: [(name: String, count: UInt64)]
    let methods: [String]

    init(_ totals: TrafficTotals, seconds: Double) {
        self.totals = totals
        self.seconds = seconds
        sections = totals.sections.top(Self.sectionCount)
        methods = totals.methods.top(6).map { "\($0.name) \(NumberText.short($0.count))" }
    }

    var rate: Double { seconds > 0 ? Double(totals.hits) / seconds : 0 }
}
