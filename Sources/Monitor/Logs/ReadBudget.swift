/// How many bytes of a host's logs one request may bring: as many as come within a quarter of a second, so that neither
/// a poll nor the end of the daemon waits behind a slow line, and at most 8 MiB.
struct ReadBudget {
    static let smallest = 64 << 10
    static let largest = 8 << 20
    static let target = Duration.milliseconds(250)

    private(set) var bytes = 256 << 10

    /// Takes what a request brought and how long that took. One that brought less than it might says nothing about the
    /// line's speed.
    mutating func adapt(toBytes brought: Int, in time: Duration) {
        guard brought >= bytes / 2 else { return }
        let seconds = max(time.seconds, 0.001)
        let fitting = Double(brought) / seconds * Self.target.seconds
        // Doubling at most: one fast answer out of a buffer is no fast line.
        bytes = min(max(Int(min(fitting, Double(2 * bytes))), Self.smallest), Self.largest)
    }
}
